/** @file The held-out cases shared out to processes: one thread of the runtime in each. */

import { spawn } from 'node:child_process'

/** Case `index` belongs to worker `index` modulo their number. */
export function sharesOf(cases: number, workers: number): readonly (readonly number[])[] {
  return Array.from({ length: workers }, (_, worker) =>
    Array.from({ length: cases }, (_, index) => index).filter(
      (index) => index % workers === worker,
    ),
  )
}

/**
 * Runs this very script again for every worker, with `--worker n/of`; their words come through. What
 * they measure is in the store's file when they are done. Throws where one of them fails.
 */
export async function runWorkers(workers: number, args: readonly string[]): Promise<void> {
  const [node, script] = [process.execPath, process.argv[1] ?? '']
  const ends = Array.from(
    { length: workers },
    (_, worker) =>
      new Promise<number | null>((resolve) => {
        const options = [...process.execArgv, script, ...args, '--worker', `${worker}/${workers}`]
        const child = spawn(node, options, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
        child.once('close', resolve)
      }),
  )
  const codes = await Promise.all(ends)
  const bad = codes.find((code) => code !== 0)
  if (bad !== undefined) throw new Error(`a worker ended with ${bad ?? 'a signal'}`)
}

/** A worker whose parent is gone, however it ended, stops too. */
export function followParent(): void {
  process.once('disconnect', () => process.exit(1))
  // The channel alone keeps nobody alive.
  process.channel?.unref()
}
