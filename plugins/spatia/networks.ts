import type { DataSpec, Prepared } from "../../core/mod.ts";
import { MORPHOLOGY_SIZE } from "./morphology.ts";
import { conditioner } from "./conditioner.ts";
import type { SpatiaConfig } from "./config.ts";
import { convolutionFeatures, type FeatureNetwork, latentFeatures } from "./features/network.ts";
import { IMAGE_NETWORKS } from "./image_networks.ts";
import { type ChangeNetwork, changeNetwork, type Signatures } from "./network.ts";
import { imageVelocity, latentVelocity, type VelocityNetwork } from "./velocity.ts";

/**
 * The network of velocities that a configuration names.
 *
 * @param config The method's configuration.
 * @param channels Channels of the images.
 * @returns The network.
 */
export function velocityOf({ network, conditioner: { width } }: SpatiaConfig, channels: number): VelocityNetwork {
  const { name, injection, recompute, latent } = network;
  if (name === "latent") {
    const { components, hidden, layers } = latent;
    return latentVelocity({ features: components, hidden, layers, condition: width });
  }
  return imageVelocity({
    ...IMAGE_NETWORKS[name],
    channels,
    injection,
    recompute,
    condition: width,
    // One head of the whole width, and nothing to train between levels.
    headChannels: Infinity,
    resampling: "plain",
  });
}

/**
 * The whole network for a data set.
 *
 * @param config The method's configuration.
 * @param spec Sizes of the data.
 * @param signatures Signatures of the trained transitions.
 * @param transitions Number of trained transitions.
 * @returns The backbone.
 */
export function networkOf(
  config: SpatiaConfig,
  spec: DataSpec,
  signatures: Signatures,
  transitions: number,
): ChangeNetwork {
  const { width, dropout } = config.conditioner;
  const sizes = {
    transitions,
    width,
    dropout,
    expression: signatures.expression?.shape[1] ?? 0,
    morphology: signatures.morphology?.shape[1] ?? 0,
    control: config.control === "" ? 0 : spec.parts[config.control]!.shape[0]!,
  };
  return changeNetwork({
    conditioner: conditioner(sizes),
    velocity: velocityOf(config, spec.parts["img"]!.shape[2]!),
    signatures,
  });
}

/**
 * The feature network that reads morphology from the states of a configuration.
 *
 * @param config The method's configuration.
 * @param channels Channels of the images.
 * @returns The network.
 */
export function featuresOf({ network, alignment }: SpatiaConfig, channels: number): FeatureNetwork {
  const { filters, features } = alignment;
  if (network.name === "latent") return latentFeatures(network.latent.components, features, MORPHOLOGY_SIZE);
  return convolutionFeatures({ channels, filters, pools: 3, features, morphology: MORPHOLOGY_SIZE });
}

/** Trees of {@linkcode Prepared}, or an error that says what is missing. */
export function preparedPart(prepared: Prepared, name: string): Prepared[string] {
  const found = prepared[name];
  if (found !== undefined) return found;
  throw new TypeError(`Cannot build spatia without "${name}": give build() what prepare() returned`);
}
