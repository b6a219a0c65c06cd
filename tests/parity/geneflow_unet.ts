import { unet, type UNetSizes } from "../../plugins/geneflow/unet/unet.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, numbered, setting } from "./fixture.ts";
import { channelsFirst, channelsLast, PLAIN, withParams } from "./geneflow_setup.ts";
import { read, upload } from "./tensors.ts";

/** The U-Net of a fixture; the results were made without dropout. */
export function unetSizes(fixture: Fixture, channels: number, condition: number): UNetSizes {
  return {
    channels,
    base: setting(fixture, "model_channels"),
    multipliers: fixture.config["channel_mult"] as readonly number[],
    blocks: setting(fixture, "num_res_blocks"),
    attentionAt: fixture.config["attention_resolutions"] as readonly number[],
    headChannels: setting(fixture, "num_head_channels"),
    condition,
    dropout: 0,
    timeScale: 1,
    recompute: false,
  };
}

/** One evaluation and what it computes on the way. */
export const checkUNet: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const sizes = unetSizes(fixture, setting(fixture, "in_channels"), setting(fixture, "rna_embed_dim"));
    const made = await read(() => {
      const { time, embedding, entries, middle, output } = unet(sizes).trace(
        params,
        upload(channelsLast(floats(fixture, "in/x"))),
        upload(floats(fixture, "in/t")),
        upload(floats(fixture, "in/rna_embedding")),
        PLAIN,
      );
      return {
        "out/time_sincos": time,
        "out/conditioning": embedding,
        "out/middle_block": middle,
        "out/velocity": output,
        ...Object.fromEntries(
          numbered(fixture, "out/input_block").map((i) => [`out/input_block${i}`, entries[i]!] as const),
        ),
      };
    });
    const images = Object.entries(made).map(([name, values]) => {
      const { shape } = fixture.tensors[name]!;
      return [name, shape.length === 4 ? channelsFirst(values, shape[1]!, shape[2]! * shape[3]!) : values] as const;
    });
    return Object.fromEntries(images);
  });
