import type { ImageVelocitySizes } from "./velocity.ts";

/** U-Nets by name (section 4.7). */
export type ImageNetworkName = "tiny32" | "small64" | "xenium-small" | "xenium";

/** What is fixed by the name of a U-Net. */
export type NamedSizes = Pick<
  ImageVelocitySizes,
  "base" | "multipliers" | "blocks" | "attentionAt" | "dropout" | "leastGroup"
>;

/** The released U-Nets, and two for small crops, which normalise groups of at least four channels. */
export const IMAGE_NETWORKS: Readonly<Record<ImageNetworkName, NamedSizes>> = Object.freeze({
  "tiny32": { base: 16, multipliers: [1, 2, 2], blocks: 1, attentionAt: [4], dropout: 0, leastGroup: 4 },
  "small64": { base: 32, multipliers: [1, 2, 2], blocks: 2, attentionAt: [4], dropout: 0.1, leastGroup: 4 },
  "xenium-small": { base: 64, multipliers: [1, 2, 2], blocks: 2, attentionAt: [2], dropout: 0.3, leastGroup: 1 },
  "xenium": { base: 128, multipliers: [2, 2, 2], blocks: 4, attentionAt: [2], dropout: 0.3, leastGroup: 1 },
});

/** All names of networks. */
export const NETWORK_NAMES: readonly ("latent" | ImageNetworkName)[] = [
  "latent",
  ...Object.keys(IMAGE_NETWORKS) as ImageNetworkName[],
];
