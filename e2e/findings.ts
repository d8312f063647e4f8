/** @file What axe says about the page. */

import type { Page } from '@playwright/test'
import axe from 'axe-core'

/** What axe finds serious or critical, one line each. */
export async function findings(page: Page, inside = 'html'): Promise<readonly string[]> {
  // Evaluated by the browser's own tools, so the page's content policy stays as it is.
  await page.evaluate(axe.source)
  return page.evaluate(async (root) => {
    const { axe: engine } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await engine.run(root, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
  }, inside)
}
