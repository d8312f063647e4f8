import type { Progress } from '../core/attribution/method.ts'
import type { CallProgress } from './protocol.ts'

/** Less than this since the work began says nothing about the rest. */
const settleMs = 250

/**
 * Adds elapsed and remaining time to progress, and keeps the fraction within 0..1 and growing.
 * The rate is counted from the last report of 0, so that set-up (compiling, opening a session) does
 * not spoil the estimate of what follows. `now` in milliseconds.
 */
export function createEta(now: () => number): (progress: Progress) => CallProgress {
  const began = now()
  let workBegan = began
  let reached = 0
  return ({ stage, fraction }) => {
    const time = now()
    reached = Math.max(reached, Math.min(1, Number.isFinite(fraction) ? fraction : 0))
    if (reached === 0) workBegan = time
    const working = time - workBegan
    const known = reached > 0 && (working >= settleMs || reached === 1)
    return {
      stage,
      fraction: reached,
      elapsedMs: time - began,
      remainingMs: known ? (working * (1 - reached)) / reached : null,
    }
  }
}
