/** @file At most one call per frame: the latest value wins. */

const waiting = new Map<(value: number) => void, number>()
let frame = 0

/** Calls `action` with the latest value in the next animation frame. */
export function frameThrottle(action: (value: number) => void, value: number): void {
  waiting.set(action, value)
  if (frame !== 0) return
  frame = requestAnimationFrame(() => {
    frame = 0
    const due = [...waiting]
    waiting.clear()
    for (const [run, latest] of due) run(latest)
  })
}
