type Immediate = (callback: () => void) => unknown

/**
 * Lets the event loop deliver messages: a loop that awaits only settled promises never reads its
 * own cancellation. Not setTimeout, which browsers hold back to 4 ms when nested.
 */
export function yieldMacrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: Immediate }
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
