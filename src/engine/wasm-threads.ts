/** How many threads WASM gets, and why. */
export interface WasmThreads {
  readonly count: number
  readonly reason: string
}

/**
 * Shared memory, and so threads, needs a cross-origin isolated page (COOP and COEP headers). ORT's
 * own default is half the cores; a worker leaves the page's thread free, so it may have them all.
 * Convolutions stop gaining near eight threads.
 */
export function chooseWasmThreads(isolated: boolean, cores: number | undefined): WasmThreads {
  if (!isolated) {
    return { count: 1, reason: 'the page is not cross-origin isolated, so one thread' }
  }
  const count = Math.max(1, Math.min(8, cores ?? 1))
  return { count, reason: count === 1 ? 'this machine has one core' : `${count} threads` }
}

export function threadsLabel(name: string, threads: number): string {
  return `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
}
