/** @file How large the WASM memory of a page's attribution worker has become. */

/**
 * Call before the worker starts. The function that comes back resolves with the bytes of its WASM
 * memory, which never shrinks, so now is the peak; null where there is none to see.
 * performance.measureUserAgentSpecificMemory() is no help: it waits for every thread to answer, and
 * the threads of the runtime sleep.
 */
export async function watchWasmMemory(page) {
  await page.route('**/attribution.worker*.js', async (route) => {
    const response = await route.fetch()
    const body = `(${rememberMemories})();\n${await response.text()}`
    await route.fulfill({ response, body })
  })
  return async () => {
    const worker = page.workers().find((each) => each.url().includes('attribution.worker'))
    const sizes = await worker?.evaluate(() =>
      globalThis.wasmMemories.map(({ buffer }) => buffer.byteLength),
    )
    return sizes?.reduce((sum, bytes) => sum + bytes, 0) || null
  }
}

/** Runs in the worker, before its own code. */
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
