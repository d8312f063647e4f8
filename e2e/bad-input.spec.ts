import { gunzipSync } from 'node:zlib'
import {
  card,
  cardFile,
  dims,
  emptyMask,
  fineMask,
  mask,
  model,
  modelWithoutRule,
  rootOfSquare,
  scan,
} from './subject.ts'
import {
  type DroppedFile,
  dropFiles,
  expect,
  expectRun,
  fill,
  metric,
  openEmpty,
  panel,
  picture,
  runButton,
  runs,
  test,
} from './viewer-page.ts'
import { makeNifti } from './volumes.ts'

test.use({ viewport: { width: 1280, height: 720 } })

const text = Buffer.from('Meeting notes: the scanner is booked on Tuesday.\n'.repeat(20))
const plainScan = gunzipSync(scan.bytes)

/** The scan with parts of its header replaced; offsets as in nifti1.h. */
function withHeader(name: string, edit: (header: Buffer) => void): DroppedFile {
  const bytes = Buffer.from(plainScan)
  edit(bytes)
  return { name, bytes }
}

const sformRows = 280
const noPlace = withHeader('nowhere.nii', (header) => {
  for (let entry = 0; entry < 12; entry++) header.writeFloatLE(Number.NaN, sformRows + 4 * entry)
  for (let axis = 0; axis < 3; axis++) header.writeFloatLE(0, 80 + 4 * axis)
})
const zeroSform = withHeader('zero-affine.nii', (header) => {
  header.fill(0, sformRows, sformRows + 48)
})

const refused: readonly { readonly file: DroppedFile; readonly sentence: RegExp }[] = [
  {
    file: { name: 'cut.nii', bytes: plainScan.subarray(0, 4000) },
    sentence: /^cut\.nii is cut short: .+ need \d+ bytes, but 4000 are there/,
  },
  {
    file: { name: 'cut.nii.gz', bytes: scan.bytes.subarray(0, scan.bytes.length / 2) },
    sentence: /^cut\.nii\.gz .*(cut short|damaged|incomplete)/,
  },
  { file: { name: 'notes.nii', bytes: text }, sentence: /^notes\.nii .*NIfTI/ },
  { file: { name: 'notes.onnx', bytes: text }, sentence: /notes\.onnx.* ONNX/ },
  { file: { name: 'photo.jpg', bytes: text }, sentence: /^photo\.jpg .*\.nii/ },
  { file: noPlace, sentence: /^nowhere\.nii says neither where its voxels are/ },
  { file: emptyMask, sentence: /^empty_mask\.nii\.gz: The mask is empty/ },
  { file: { name: 'broken.card.json', bytes: text }, sentence: /^broken\.card\.json is not valid/ },
]

test('bad files get one clear sentence each and change nothing', async ({ page }) => {
  await openEmpty(page)
  await dropFiles(page, [scan, model, card, mask])
  await expectRun(page, 'done')
  const data = panel(page, 'Data')
  const auc = await metric(page, 'roc-auc').innerText()
  const prediction = await panel(page, 'Prediction').innerText()

  for (const { file, sentence } of refused) {
    await test.step(file.name, async () => {
      await dropFiles(page, [file])
      const alert = page.getByRole('alert')
      await expect(alert).toHaveCount(1)
      await expect(alert.locator('span').first()).toHaveText(sentence)
      await expect(alert.locator('span').first()).not.toHaveText(/undefined|\bat \w+ \(|Error:/)
      await expect(data).toContainText('head.nii.gz')
      await expect(data).toContainText('head_mask.nii.gz')
      await expect(data).toContainText('Ball finder')
      expect(await metric(page, 'roc-auc').innerText()).toBe(auc)
      expect(await panel(page, 'Prediction').innerText()).toBe(prediction)
      await expect(runs(page)).toHaveCount(1)
    })
  }

  await test.step('a sentence can be dismissed', async () => {
    await page.getByRole('alert').getByRole('button', { name: 'Dismiss' }).click()
    await expect(page.getByRole('alert')).toHaveCount(0)
  })

  await test.step('and the work goes on', async () => {
    await runButton(page).click()
    await expect(page.locator('[data-state="done"]')).toHaveCount(2)
  })

  await test.step('a mask on another grid is resampled, and that is said', async () => {
    await dropFiles(page, [fineMask])
    await expect(data).toContainText(/lies on another grid .*34.*36.* was resampled to it/)
    await expect(metric(page, 'roc-auc')).toBeVisible()
    await expect(page.getByRole('alert')).toHaveCount(0)
  })

  await test.step('a useless affine is replaced by the voxel size, and that is said', async () => {
    await dropFiles(page, [zeroSform])
    await expect(data.getByText(/sform matrix is all zero and was ignored/)).toBeVisible()
    await expect(picture(page)).toHaveAccessibleName(/zero-affine\.nii/)
  })
})

test('a model that does not fit its card says so and offers the card', async ({ page }) => {
  await openEmpty(page)
  await dropFiles(page, [scan, model, card, mask])
  await expectRun(page, 'done')
  const tooSmall = cardFile('other.card.json', { shape: [8, 8, 8], output: 'logits' })
  await dropFiles(page, [{ ...model, name: 'other.onnx' }, tooSmall])
  const alert = page.getByRole('alert')
  await expect(alert).toHaveCount(1)
  await expect(alert).toContainText(/8.*17|17.*8/)
  await expect(runs(page)).toHaveCount(1)
  await expect(metric(page, 'roc-auc')).toBeVisible()
  await alert.getByRole('button', { name: 'Edit the model card' }).click()
  const dialog = page.getByRole('dialog', { name: 'Model card' })
  await dialog.getByRole('textbox', { name: 'Shape, voxels' }).fill('17, 16, 18')
  await dialog.getByRole('button', { name: 'Use and predict again' }).click()
  await expect(alert).toHaveCount(0)
  await expect(panel(page, 'Prediction').getByRole('button', { name: /class 1/ })).toBeVisible()
})

test('an operator without a gradient rule is named, and occlusion works', async ({ page }) => {
  await openEmpty(page)
  await dropFiles(page, [scan, modelWithoutRule])
  const explain = panel(page, 'Explain')
  await expect(explain).toContainText(/Det .*has no gradient rule yet/)
  await expect(runButton(page)).toBeDisabled()
  await page.getByRole('combobox', { name: /^Method/ }).click()
  for (const name of [/^Gradient/, /^Integrated gradients/, /^Grad-CAM(?!\+)/])
    await expect(page.getByRole('option', { name })).toBeDisabled()
  await page.keyboard.press('Escape')
  await explain.getByRole('button', { name: 'Use Occlusion' }).click()
  await fill(page, /^Window/, '4')
  await fill(page, /^Stride/, '4')
  await runButton(page).click()
  await expectRun(page, 'done')
  await expect(page.getByRole('img', { name: /^Colour bar, Occlusion/ })).toBeVisible()
})

test('a map with values that are no numbers is shown without them, and that is said', async ({
  page,
}) => {
  const stripped = makeNifti({
    dims,
    spacingMm: 2,
    value: (i, j, k) => (i < 9 ? 0 : 50.5 + j + 0.3 * k),
  })
  const plain = cardFile('root.card.json', {
    orientation: 'RAS',
    layout: 'NCIJK',
    shape: [...dims],
    fit: 'crop-or-pad',
    intensity: [],
    channels: [{ name: 'T1w', volume: 0 }],
    classNames: ['rising', 'falling'],
    output: 'logits',
  })
  await openEmpty(page)
  await dropFiles(page, [{ name: 'stripped.nii.gz', bytes: stripped }, mask, plain, rootOfSquare])
  await expectRun(page, 'done')
  const note = page.getByRole('note', { name: 'What is wrong with this map' })
  await expect(note).toContainText(/^2592 of 4896 values of the .+ map are not finite numbers/)
  await expect(metric(page, 'roc-auc')).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(picture(page)).toHaveAccessibleName(/over stripped\.nii\.gz/)

  await note.getByRole('button', { name: 'Use Occlusion' }).click()
  await fill(page, /^Window/, '6')
  await fill(page, /^Stride/, '6')
  await runButton(page).click()
  await expect(page.locator('[data-state="done"]')).toHaveCount(2)
  await expect(page.getByRole('img', { name: /^Colour bar, Occlusion/ })).toBeVisible()
  await expect(note).toHaveCount(0)
})
