/** @file How large the WASM memory of a page's attribution worker has become. */

const isAttribution = (worker) => worker.url().includes('attribution')

/**
 * Call before the worker starts. The function that comes back resolves with the bytes of its WASM
 * memory, which never shrinks, so now is the peak; null where it could not be watched.
 * performance.measureUserAgentSpecificMemory() is no help: it waits for every thread to answer, and
 * the threads of the runtime sleep.
 */
export function watchWasmMemory(page) {
  page.on('worker', (worker) => {
    if (isAttribution(worker)) worker.evaluate(rememberMemories).catch(() => {})
  })
  return async () => {
    const worker = page.workers().find(isAttribution)
    const sizes = await worker?.evaluate(() =>
      globalThis.wasmMemories?.map(({ buffer }) => buffer.byteLength),
    )
    return sizes?.reduce((sum, bytes) => sum + bytes, 0) ?? null
  }
}

/** In the worker, while it fetches the runtime: the memory is made after that. */
function rememberMemories() {
  globalThis.wasmMemories = []
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(Memory, args) {
      const memory = new Memory(...args)
      globalThis.wasmMemories.push(memory)
      return memory
    },
  })
}
