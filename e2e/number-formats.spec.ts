import { readFileSync } from 'node:fs'
import {
  type DroppedFile,
  dropFiles,
  expect,
  expectRun,
  fill,
  openEmpty,
  panel,
  runButton,
  test,
} from './viewer-page.ts'
import { makeNifti } from './volumes.ts'

/** Models for a slice of 12 x 12. */
function modelNamed(name: string): DroppedFile {
  const path = `../parity/fixtures/number-formats/${name}.onnx`
  return { name: `${name}.onnx`, bytes: readFileSync(new URL(path, import.meta.url)) }
}

const value = (i: number, j: number, k: number) => 100 + 20 * Math.sin(i + 2 * j + 3 * k)
const scan = { name: 'head.nii.gz', bytes: makeNifti({ dims: [12, 12, 9], spacingMm: 2, value }) }

test('half-precision numbers are said to be taken to 32 bits, once and calmly', async ({
  page,
}) => {
  for (const [name, sentence] of [
    [
      'autocast',
      /^Some of the model's numbers are 16-bit \(float16\); they are turned into 32-bit/,
    ],
    ['bfloat16-dynamo', /numbers are 16-bit \(bfloat16\); they are turned into 32-bit/],
  ] as const) {
    await openEmpty(page)
    await dropFiles(page, [scan, modelNamed(name)])
    await expectRun(page, 'done')
    await expect(panel(page, 'Data').getByText(sentence)).toHaveCount(1)
    await expect(page.getByRole('alert')).toHaveCount(0)
  }
})

test('a quantised model predicts, greys gradient methods out and keeps occlusion', async ({
  page,
}) => {
  await openEmpty(page)
  await dropFiles(page, [scan, modelNamed('quantised-qdq')])
  await expect(panel(page, 'Data').getByText(/^The model is quantised: it predicts/)).toHaveCount(1)
  await expect(panel(page, 'Prediction').getByRole('button', { name: /^class 0/ })).toBeVisible()
  const explain = panel(page, 'Explain')
  await expect(explain).toContainText('the model is quantised: its output changes in steps')
  await expect(runButton(page)).toBeDisabled()
  await page.getByRole('combobox', { name: /^Method/ }).click()
  for (const name of [/^Gradient/, /^Integrated gradients/, /^DeepLIFT(?!-)/, /^Grad-CAM(?!\+)/]) {
    const option = page.getByRole('option', { name })
    await expect(option).toBeDisabled()
    await expect(option).toContainText('Needs the float model, not a quantised one')
  }
  await expect(page.getByRole('option', { name: /^Occlusion/ })).toBeEnabled()
  await page.keyboard.press('Escape')
  await explain.getByRole('button', { name: 'Use Occlusion' }).click()
  await fill(page, /^Window/, '4')
  await fill(page, /^Stride/, '4')
  await runButton(page).click()
  await expectRun(page, 'done')
})
