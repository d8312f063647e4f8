export interface Turn {
  /** Somebody is before this one. */
  readonly isWaiting: boolean
  /** Resolves when everyone before has left. */
  readonly came: Promise<void>
  leave(): void
}

/** A queue: turns come in the order they were taken; one that leaves early holds nobody up. */
export function createTurns(): () => Turn {
  let last: Promise<unknown> = Promise.resolve()
  let present = 0
  return () => {
    const came = last.then(() => undefined)
    const isWaiting = present > 0
    present += 1
    let leave: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      leave = () => {
        present -= 1
        resolve()
      }
    })
    last = Promise.all([came, left])
    return { isWaiting, came, leave }
  }
}
