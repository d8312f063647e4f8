/** What the next run will be: method, layer, target, baseline, and a model with several inputs. */

import { readFileSync } from 'node:fs'
import { card, cardFile, dims, scan } from './subject.ts'
import {
  chooseMethod,
  dropFiles,
  expect,
  expectRun,
  fill,
  openDemo,
  openEmpty,
  panel,
  runButton,
  select,
  test,
} from './viewer-page.ts'
import { makeNifti } from './volumes.ts'

const readFixture = (path: string): Buffer => readFileSync(new URL(path, import.meta.url))

test('methods, layers and targets say what they are before they are chosen', async ({ page }) => {
  await openDemo(page)
  const explain = panel(page, 'Explain')
  const caption = page.locator('.picture-caption')

  await test.step('a method is found, with strengths, failures and cost; what cannot work says why', async () => {
    await page.getByRole('combobox', { name: /^Method/ }).click()
    const search = page.getByRole('combobox', { name: 'Search methods' })
    await expect(search).toBeFocused()
    await search.fill('attention rollout')
    const rollout = page.getByRole('option', { name: /^Attention rollout/ })
    await expect(rollout).toHaveAttribute('aria-disabled', 'true')
    await expect(page.getByRole('dialog', { name: 'Method' })).toContainText('no softmax attention')
    await page.keyboard.press('Enter')
    await expect(search).toBeVisible()
    await search.fill('grad-cam')
    const chooser = page.getByRole('dialog', { name: 'Method' })
    await expect(chooser).toContainText('Good at.')
    await expect(chooser).toContainText('Known failures.')
    await expect(chooser).toContainText(/Cost here\. About .+: one gradient of \d+/)
    await expect(chooser.getByRole('link', { name: /Selvaraju/ })).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(chooser).toBeHidden()
    await expect(page.getByRole('combobox', { name: /^Method/ })).toHaveText('Grad-CAM')
  })

  await test.step('the suggested layer, then another one, each on its own grid', async () => {
    const layer = page.getByRole('combobox', { name: /^Layer/ })
    await expect(layer).toContainText('16 × 12 × 12 × 12')
    await expect(explain).toContainText('Suggested: the last value with spatial axes')
    await runButton(page).click()
    await expect(caption).toContainText('computed on 12 × 12 × 12, shown on 96 × 96 × 96')
    await layer.click()
    await page.getByRole('combobox', { name: /^Search layers/ }).fill('24')
    await page.getByRole('option', { name: /^Use “24”/ }).waitFor()
    await page.getByRole('combobox', { name: /^Search layers/ }).fill('relu_1')
    await page.keyboard.press('Enter')
    await expect(layer).toContainText('16 × 24 × 24 × 24')
    await runButton(page).click()
    await expect(caption).toContainText('computed on 24 × 24 × 24, shown on 96 × 96 × 96')
    await expect(page.getByLabel('About this map')).toContainText('24 × 24 × 24')
  })

  await test.step('a probability is explained, and said so', async () => {
    await chooseMethod(page, /^Gradient/)
    await page.getByRole('combobox', { name: /^Target/ }).click()
    await page.getByRole('option', { name: 'probability of lowered hippocampal signal' }).hover()
    const chooser = page.getByRole('dialog', { name: 'Target' })
    await expect(chooser).toContainText('Near 0 or 1 it hardly changes')
    await expect(chooser).toContainText('--target probability(1)')
    await page.getByRole('option', { name: 'probability of lowered hippocampal signal' }).click()
    await runButton(page).click()
    await expect(caption).toContainText('Gradient for probability of lowered hippocampal signal')
    await expect(page.getByLabel('About this map')).toContainText(/score 0\.9\d/)
  })

  await test.step('a stride that leaves voxels out is refused in the form', async () => {
    await chooseMethod(page, /^Occlusion/)
    await fill(page, /^Window/, '4')
    await expect(explain).toContainText('larger than the window of 4')
    await expect(runButton(page)).toBeDisabled()
    await fill(page, /^Stride/, '4')
    await expect(runButton(page)).toBeEnabled()
  })
})

test('a model with an image and a number, two outputs, and baselines from files', async ({
  page,
}) => {
  await openEmpty(page)
  const model = { name: 'two-inputs.onnx', bytes: readFixture('files/two-inputs.onnx') }
  const own = cardFile('two-inputs.card.json', {
    ...(JSON.parse(card.bytes.toString()) as Record<string, unknown>),
    classNames: ['control', 'patient'],
  })
  await dropFiles(page, [scan, model, own])
  await expectRun(page, 'done')
  const patient = panel(page, 'Prediction').getByRole('button', { name: /^patient/ })
  const before = await patient.innerText()

  await test.step('the number is typed in and has its share', async () => {
    await fill(page, 'age', '30')
    await expect(patient).not.toHaveText(before)
    await chooseMethod(page, /^Input × gradient/)
    await runButton(page).click()
    await expect(page.getByLabel('About this map')).toContainText(/age = 30[+−]\d/)
  })

  await test.step('the other output is a target', async () => {
    await select(page, /^Target/, 'predicted_age')
    await runButton(page).click()
    await expect(page.locator('.picture-caption')).toContainText('for predicted_age')
  })

  await test.step('volumes are dropped as baselines, listed and removed', async () => {
    await chooseMethod(page, /^Expected gradients/)
    await select(page, /^Baseline/, /^files/)
    await expect(runButton(page)).toBeDisabled()
    const field = page.locator('[data-drop="baseline"]')
    const other = makeNifti({ dims, spacingMm: 2, value: (i, j, k) => 90 + Math.cos(i * j + k) })
    const files = [
      { name: 'first.nii.gz', bytes: other },
      { name: 'second.nii.gz', bytes: scan.bytes },
      { name: 'wrong.npy', bytes: Buffer.from('not an array') },
    ]
    await dropFiles(page, files, undefined, field)
    const listed = page.getByRole('list', { name: 'Baseline files' }).getByRole('listitem')
    await expect(listed).toHaveCount(2)
    await expect(field.getByRole('alert')).toContainText('wrong.npy')
    await expect(field).toContainText('Averaged over 2 baselines')
    await fill(page, /^Samples/, '4')
    await runButton(page).click()
    await expectRun(page, 'done')
    await page.getByRole('button', { name: 'Remove baseline first.nii.gz' }).click()
    await expect(listed).toHaveCount(1)
    await expect(page.getByRole('dialog', { name: 'What is this file for?' })).toBeHidden()
  })
})

test('a class of a segmentation at the crosshair', async ({ page }) => {
  await openEmpty(page)
  const size = [12, 12, 12] as const
  const volume = makeNifti({
    dims: size,
    spacingMm: 2,
    value: (i, j, k) => Math.sin(i + 2 * j - k),
  })
  const model = { name: 'unet.onnx', bytes: readFixture('../parity/fixtures/methods/unet3d.onnx') }
  await dropFiles(page, [{ name: 'cube.nii.gz', bytes: volume }, model])
  await expectRun(page, 'done')
  await page.getByRole('combobox', { name: /^Target/ }).click()
  await page
    .getByRole('option', { name: /at the crosshair/ })
    .first()
    .click()
  await runButton(page).click()
  await expect(page.locator('.picture-caption')).toContainText(/class 0 at x .+, y .+, z .+ mm/)
})

test('on a page too narrow for a rail, no drawer lies over the image', async ({ page }) => {
  await page.setViewportSize({ width: 600, height: 800 })
  await openEmpty(page)
  await expect(panel(page, 'Explain')).toBeHidden()
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.getByRole('button', { name: 'Explain and measure' }).click()
  await expect(panel(page, 'Explain')).toBeVisible()
  await page.setViewportSize({ width: 600, height: 800 })
  await expect(panel(page, 'Explain')).toBeHidden()
})
