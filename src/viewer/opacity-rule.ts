/** @file How opaque a value of the map is: "highlight results, don't hide them" (Taylor et al. 2023). */

export interface OpacityRule {
  readonly signed: boolean
  readonly opacity: number
  readonly threshold: number
  /** Below the threshold: fade, or hide. */
  readonly fade: boolean
  readonly fadePower: 1 | 2
}

/** What is compared with the threshold: |v| of a signed map; negative values of others count as 0. */
export function sizeOf(value: number, signed: boolean): number {
  return signed ? Math.abs(value) : Math.max(0, value)
}

/**
 * opacity * min(1, (size / threshold) ** fadePower), or 0 below the threshold when hiding.
 * A value of exactly 0 is transparent at every threshold. The shader computes the same (heat-glsl.ts).
 */
export function opacityOf(value: number, rule: OpacityRule): number {
  const size = sizeOf(value, rule.signed)
  if (!(size > 0)) return 0
  if (size >= rule.threshold) return rule.opacity
  return rule.fade ? rule.opacity * (size / rule.threshold) ** rule.fadePower : 0
}
