/** @file What it says of a map that it stays, or does not stay, when the weights are exchanged. */

/** Ours: Adebayo et al. 2018 (arXiv 1810.03292) name no threshold. */
export const LIKENESS_THRESHOLD = 0.5

export type LikenessVerdict = 'follows the image' | 'follows the weights' | 'unclear'

/**
 * `low` and `high`: interval of the rank correlation (`compareMaps`) between the maps of trained and of
 * permuted weights. The whole of it must lie on one side of the threshold.
 */
export function judgeLikeness({
  low,
  high,
}: {
  readonly low: number
  readonly high: number
}): LikenessVerdict {
  if (high < LIKENESS_THRESHOLD) return 'follows the weights'
  return low > LIKENESS_THRESHOLD ? 'follows the image' : 'unclear'
}
