/** @file The threshold slider of the built page: from a key press to the numbers, and to the picture. */

import { join } from 'node:path'
import { openPage } from './browser.mjs'

/** A list of { numbersMs, frameMs }, one per key press. */
export async function measurePageSlider(browser, address, folder, moves) {
  const page = await openPage(browser)
  await page.goto(`${address}?case=none&provider=wasm`)
  const files = ['volume.nii', 'mask.nii', 'model.onnx'].map((name) => join(folder, name))
  await page.locator('input[type=file]').first().setInputFiles(files)
  const run = page.getByRole('button', { name: /^Run/ })
  await run.click({ timeout: 120_000 })
  await page.locator('[data-run-state=done]').waitFor({ timeout: 120_000 })
  await page.locator('[data-metric=dice]').waitFor({ timeout: 120_000 })
  await page.getByRole('slider', { name: 'Threshold', exact: true }).focus()
  await page.evaluate(watchKeys)
  const results = []
  for (let move = -5; move < moves; move++) {
    await page.keyboard.press('ArrowLeft')
    const result = await page.evaluate(() => globalThis.nextMove())
    if (move >= 0) results.push(result)
  }
  await page.context().close()
  return results
}

/**
 * In the page. numbersMs: from the key event to the new numbers in the document. frameMs: from the
 * key event until the page has drawn the frame that holds numbers and picture.
 */
function watchKeys() {
  const table = document.querySelector('[data-metric=dice]')?.closest('table')
  let settle = () => {}
  let result = Promise.resolve(null)
  globalThis.nextMove = () => result
  addEventListener(
    'keydown',
    ({ timeStamp }) => {
      result = new Promise((resolve) => {
        settle = resolve
      })
      const observer = new MutationObserver(() => {
        observer.disconnect()
        const numbersMs = performance.now() - timeStamp
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => settle({ numbersMs, frameMs: performance.now() - timeStamp })
          port2.postMessage(null)
        })
      })
      observer.observe(table, { subtree: true, childList: true, characterData: true })
    },
    { capture: true },
  )
}
