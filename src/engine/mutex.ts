export type Exclusive = <T>(job: () => Promise<T>) => Promise<T>

/** Runs jobs one after another, in order; a job that fails does not hold up the next one. */
export function createMutex(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return (job) => {
    const turn = last.then(job)
    last = turn.catch(() => undefined)
    return turn
  }
}
