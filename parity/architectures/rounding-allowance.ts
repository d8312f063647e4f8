/** @file How far a map may be from PyTorch's float64 (docs/decisions/rounding-flips.md). */

import type { Architecture, ExpectedMethod } from './read-architecture.ts'

const PLAIN = 1e-4

/**
 * The maps, at the stored inputs, on whose way a choice flipped: ours, or PyTorch's own in float32. All
 * others are held to 1e-4, whatever PyTorch's distance was on other inputs.
 */
export const flipped: Readonly<Record<string, readonly ExpectedMethod[]>> = {
  'basic-unet-3d': ['gradient', 'integrated-gradients'],
  'basic-unet-plus-plus-3d': ['gradient', 'integrated-gradients'],
  densenet161: ['integrated-gradients'],
  'densenet121-3d': ['gradient', 'integrated-gradients'],
  googlenet: ['integrated-gradients'],
  'inception-resnet-v2': ['integrated-gradients'],
  'inception-v3': ['integrated-gradients'],
  meshnet: ['integrated-gradients'],
  'nnunet-residual-3d': ['integrated-gradients'],
  'r2plus1d-18': ['integrated-gradients'],
  resnet50: ['integrated-gradients'],
  'resnet18-3d': ['integrated-gradients'],
  s3d: ['gradient', 'integrated-gradients'],
  'segresnet-3d': ['gradient', 'integrated-gradients'],
  sfcn: ['integrated-gradients'],
  unetr: ['integrated-gradients'],
  'vgg16-bn': ['gradient', 'integrated-gradients'],
}

/** 1e-4; where a choice flipped three times PyTorch's own distance, if that is more. */
export function allowedDistance(architecture: Architecture, method: ExpectedMethod): number {
  if (!flipped[architecture.name]?.includes(method)) return PLAIN
  return Math.max(PLAIN, 3 * ownDistance(architecture, method))
}

/** A fixture whose draws are not made yet is held to the one at its own input. */
export function ownDistance(architecture: Architecture, method: ExpectedMethod): number {
  return architecture.ownDistance?.[method] ?? architecture.expected[method].float32Distance
}
