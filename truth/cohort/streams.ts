/** @file Streams of chance by (seed, split, stream, index): what one draws, no other can disturb. */

import { createRandom, type Random } from '../../src/core/tensor/random.ts'

const splits = { train: 0, validation: 1, test: 2 } as const
export type Split = keyof typeof splits

const streams = { anatomy: 0, subject: 1, signal: 2, slice: 3 } as const
export type StreamName = keyof typeof streams

/**
 * Four draws of the seed's own source, so that neighbouring keys have nothing in common. Equal keys
 * alone give equal streams (up to 2^-53): subjects of different splits are disjoint by construction.
 */
export function streamOf(seed: number, split: Split, stream: StreamName, index: number): Random {
  let state = seed
  for (const part of [splits[split], streams[stream], index]) {
    const random = createRandom(state)
    state = (random.nextUint32() & 0x1fffff) * 2 ** 32 + ((random.nextUint32() ^ part) >>> 0)
  }
  return createRandom(state)
}

/** Uniform in [low, high). */
export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform()
}

/** Heads or tails. */
export function coin(random: Random): boolean {
  return random.uniform() < 0.5
}
