/** @file What a run costs, whoever else uses the machine. */

/**
 * Time that this process spent on its processors while `run` ran. Unlike the clock it does not grow
 * when other programs take their turns; with one thread of the runtime both agree on an idle machine.
 */
export async function processorSeconds<T>(
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly seconds: number }> {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  return { result, seconds: (user + system) / 1e6 }
}
