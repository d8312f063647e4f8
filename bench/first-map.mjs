/** @file From the load event of the built page to its first heat map, on WASM. */

import { openPage } from './browser.mjs'

/** Milliseconds, one per fresh profile. */
export async function measureFirstMaps(browser, address, times) {
  const results = []
  for (let i = 0; i < times; i++) {
    const page = await openPage(browser)
    await page.goto(`${address}?provider=wasm`, { waitUntil: 'load' })
    results.push(await page.evaluate(waitForMap))
    await page.context().close()
  }
  return results
}

/** In the page: the run is done, and two frames later the picture shows it. */
async function waitForMap() {
  const began = Date.now()
  const state = () => document.querySelector('[data-run-state]')?.dataset.runState
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  while (state() !== 'done') {
    if (state() === 'failed' || Date.now() - began > 120_000) {
      throw new Error(`the demo shows no map: its run is ${state()}`)
    }
    await nextFrame()
  }
  await nextFrame()
  await nextFrame()
  const [{ loadEventEnd }] = performance.getEntriesByType('navigation')
  return performance.now() - loadEventEnd
}
