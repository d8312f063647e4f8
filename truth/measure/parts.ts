/** @file What a run measures; the rest is taken from the store. */

export const parts = ['maps', 'models', 'permuted', 'timing', 'twins'] as const
/**
 * `maps`: every method on every case. `models`: predictions, and maps that no network made.
 * `permuted`: with other weights. `twins`: without the signal. `timing`: what a map costs.
 */
export type Part = (typeof parts)[number]

/** Timing wants a machine that does nothing else. */
export const usualParts: readonly Part[] = parts.filter((part) => part !== 'timing')
