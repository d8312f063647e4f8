import type { Locator, Page } from '@playwright/test'
import { findings } from './findings.ts'
import { changedShare } from './png.ts'
import {
  chooseMethod,
  expect,
  expectRun,
  lookAt,
  metric,
  openDemo,
  openEmpty,
  panel,
  picture,
  readServed,
  runs,
  scoreOf,
  test,
} from './viewer-page.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

interface CaseFile {
  readonly id: string
  readonly title: string
  readonly question: string
  readonly answer: string
  readonly card: string
  readonly defaultMethod: string
  readonly threshold?: number
  readonly tags: readonly string[]
  readonly models?: readonly { readonly title: string }[]
  readonly subjects: readonly {
    readonly title: string
    readonly truth: string
    readonly expectedClass?: number
  }[]
}

const gallery = (page: Page): Locator => page.getByRole('dialog', { name: 'Gallery' })
const guessBar = (page: Page): Locator => page.getByRole('region', { name: 'Hidden truth' })

/** Every case that is listed, in the order of the gallery's groups. */
async function readCases(page: Page): Promise<readonly CaseFile[]> {
  const { cases } = await readServed<{ cases: readonly { id: string }[] }>(page, 'index.json')
  const { groups } = await readServed<{ groups: readonly { cases: readonly string[] }[] }>(
    page,
    'groups.json',
  )
  const order = groups.flatMap((group) => group.cases)
  const files = cases.map(({ id }) => readServed<CaseFile>(page, `${id}/case.json`))
  return (await Promise.all(files)).toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
}

async function classNamesOf(page: Page, { id, card }: CaseFile): Promise<readonly string[]> {
  const { classNames = [] } = await readServed<{ classNames?: string[] }>(page, `${id}/${card}`)
  return classNames
}

/** What a card under the header says of it. */
const inShort = (answer: string): string => answer.split(/[:.](?: |$)/)[0] ?? answer

async function expectCase(page: Page, title: string, finished: number): Promise<void> {
  await expect(panel(page, `Case: ${title}`)).toBeVisible()
  await expect(runs(page)).toHaveCount(finished, { timeout: 60_000 })
  await expectRun(page, 'done')
  await expect(page.getByRole('img', { name: /^Colour bar/ })).toBeVisible()
}

const methodLabels: Readonly<Record<string, string>> = {
  'grad-cam': 'Grad-CAM',
  gradient: 'Gradient',
  'guided-grad-cam': 'Guided Grad-CAM',
  'input-x-gradient': 'Input × gradient',
}

/** The method, the mask and the threshold that the case file asks for, or the page's own. */
async function expectOpening(page: Page, file: CaseFile): Promise<void> {
  const method = methodLabels[file.defaultMethod] ?? `no label for ${file.defaultMethod}`
  await expect(page.getByRole('combobox', { name: /^Method/ })).toHaveText(method)
  await expect(page.getByRole('img', { name: /^Colour bar/ })).toHaveAccessibleName(
    new RegExp(`^Colour bar, ${method}`),
  )
  const mask = file.subjects[0]?.truth.split('/').at(-1) ?? ''
  await expect(panel(page, 'Data')).toContainText(mask)
  const threshold = page.getByRole('textbox', { name: 'Threshold percentile' })
  await expect(threshold).toHaveValue(`${file.threshold ?? 99} %`)
}

test('every case opens from its card: right answer, a map, and the mask on it', async ({
  page,
}) => {
  test.setTimeout(600_000)
  await openDemo(page)
  await page.getByRole('radio', { name: 'Axial' }).click()
  const cases = await readCases(page)
  let finished = 1
  for (const file of cases) {
    await test.step(file.title, async () => {
      await page.keyboard.press('g')
      const card = gallery(page)
        .locator('.case-open')
        .filter({ has: page.getByText(file.title, { exact: true }) })
      await card.first().focus()
      await page.keyboard.press('Enter')
      await expect(gallery(page)).toBeHidden()
      finished += 1
      await expectCase(page, file.title, finished)
      await expect(metric(page, 'relevance-mass-accuracy')).toBeVisible()
      await expectOpening(page, file)
      const wanted = file.subjects[0]?.expectedClass
      if (wanted !== undefined) {
        const name = (await classNamesOf(page, file))[wanted] ?? ''
        const told = panel(page, 'Prediction')
          .getByRole('button')
          .filter({ has: page.getByText(name, { exact: true }) })
        const text = await told.locator('.class-value').innerText()
        expect(Number.parseFloat(text.replace('>', '')), `${name}: ${text}`).toBeGreaterThan(0.5)
      }
      // The crosshair is at the map's maximum: without the map, or the outline, the slice is another.
      await expect(page.getByRole('button', { name: 'Show truth outline' })).toHaveAttribute(
        'aria-pressed',
        'true',
      )
      const both = await lookAt(page)
      await page.keyboard.press('o')
      expect(changedShare(both, await lookAt(page)), 'a map is drawn').toBeGreaterThan(0.0005)
      await page.keyboard.press('o')
      const models = page.getByRole('combobox', { name: /^Model/ })
      if ((file.models?.length ?? 1) > 1) await expect(models).toBeVisible()
      else await expect(models).toHaveCount(0)
    })
  }
  const [first] = cases
  await test.step('the twin, and back to the first case by its address', async () => {
    await page.goto('/?case=hippocampus/subject-2/twin')
    await expectCase(page, first?.title ?? '', 1)
    const twin = page.getByRole('radio', { name: 'Twin, without the signal' })
    await expect(twin).toBeChecked()
    await page.getByRole('radio', { name: 'With the signal', exact: true }).click()
    await expectCase(page, first?.title ?? '', 2)
    await expect(page.getByRole('combobox', { name: /^Subject/ })).toHaveText('Subject 2')
  })
})

test('the cases under the header can be put away for good; the empty page offers them', async ({
  page,
}) => {
  await openDemo(page)
  const strip = page.getByRole('navigation', { name: 'Cases' })
  await expect(strip.getByRole('button', { name: /Hippocampus/ })).toHaveAttribute(
    'aria-current',
    'true',
  )
  for (const file of await readCases(page)) {
    const card = strip
      .getByRole('list', { name: 'Cases' })
      .getByRole('listitem')
      .filter({ has: page.getByText(file.title, { exact: true }) })
    await expect(card.locator('.case-question')).toHaveText(file.question)
    await expect(card.locator('.case-answer')).toContainText(inShort(file.answer))
    const isCut = await card.evaluate((item) =>
      [item, ...item.querySelectorAll('*')].some(
        (part) => part.scrollHeight > part.clientHeight + 1 && part.clientHeight > 0,
      ),
    )
    expect(isCut, `the words of ${file.title} are cut`).toBe(false)
  }
  expect.soft(await findings(page), 'strip').toEqual([])
  await strip.getByRole('button', { name: 'Hide the cases' }).click()
  await expect(strip).toBeHidden()
  await page.keyboard.press('g')
  await expect(gallery(page).getByRole('list', { name: 'Lessons' })).toBeVisible()
  expect.soft(await findings(page), 'gallery').toEqual([])
  await page.keyboard.press('Escape')
  await openEmpty(page)
  await expect(strip).toBeHidden()
  expect.soft(await findings(page), 'empty').toEqual([])
  const anatomy = page.getByRole('region', { name: 'Anatomy' })
  await anatomy
    .getByRole('button', { name: /^Hippocampus/ })
    .first()
    .click()
  await expectRun(page, 'done')
})

test('hidden truth: guess by click and by keyboard, then the mask and the scores come back', async ({
  page,
}) => {
  await openDemo(page)
  await page.getByRole('radio', { name: 'Axial' }).click()
  const mass = await scoreOf(page, 'relevance-mass-accuracy')
  const readout = page.getByLabel('Values at the crosshair')
  const open = await lookAt(page)
  await page.keyboard.press('h')
  await expect(guessBar(page).getByRole('heading')).toBeFocused()
  await expect(page.getByRole('navigation', { name: 'Cases' })).toBeHidden()

  const telling = await tellTales(page)
  await test.step('nothing names what it is about', async () => {
    await expectNothingTold(page, telling)
    await page.keyboard.press('g')
    await expect(gallery(page)).toBeVisible()
    await expect(
      gallery(page)
        .getByRole('button', { name: /^Case 2/ })
        .first(),
    ).toBeVisible()
    const cases = await readCases(page)
    const controls = cases.filter(({ tags }) => tags.includes('control')).length
    expect(controls).toBeGreaterThan(0)
    await expect(gallery(page).locator('.case-card')).toHaveCount(cases.length - controls)
    await expectNothingTold(page, telling)
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: /^Target/ }).click()
    await expectNothingTold(page, telling)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'The model of this case' }).click()
    await expectNothingTold(page, telling)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Export' }).click()
    await expect(page.getByRole('menuitem', { name: /^Map and record/ })).toBeDisabled()
    await expectNothingTold(page, telling)
    await page.keyboard.press('Escape')
  })

  await test.step('nothing tells where it is', async () => {
    await expect(metric(page, 'relevance-mass-accuracy')).toHaveCount(0)
    await expect(readout).not.toContainText(/Truth|Dice/)
    await expect(page.getByRole('region', { name: 'The map in words' })).not.toContainText('truth')
    await expect(page.getByRole('application')).not.toHaveAccessibleDescription(/inside the truth/)
    await expect(page.getByRole('button', { name: 'Show truth outline' })).toHaveCount(0)
    await expect(panel(page, /^Case: /)).not.toContainText('can only know it')
    await page.keyboard.press('m')
    expect(changedShare(open, await lookAt(page))).toBeGreaterThan(0.0005)
    await page.keyboard.press('m')
    expect.soft(await findings(page), 'hidden').toEqual([])
  })

  const guesses = guessBar(page).getByRole('list', { name: 'Guesses' }).getByRole('listitem')
  await test.step('the map’s maximum by keyboard, a far place by click', async () => {
    await page.getByRole('button', { name: "Crosshair to the map's maximum" }).click()
    await picture(page).focus()
    await page.keyboard.press('Enter')
    await expect(guesses).toHaveCount(1)
    const slice = await page.locator('[data-view="axial"]').boundingBox()
    if (!slice) throw new Error('no slice')
    await page.mouse.click(slice.x + slice.width / 2, slice.y + 0.2 * slice.height)
    await expect(guesses).toHaveCount(2)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await expect(guesses).toHaveCount(3)
    await guessBar(page).getByRole('button', { name: 'Remove guess 3' }).click()
    await expect(guesses).toHaveCount(2)
  })

  await test.step('revealed', async () => {
    const hidden = await lookAt(page)
    await guessBar(page).getByRole('button', { name: 'Reveal' }).click()
    await expect(guessBar(page)).toContainText('1 of 2 guesses hit the truth')
    await expect(guesses.nth(0)).toContainText('hit')
    await expect(guesses.nth(1)).toContainText(/\d mm away/)
    expect(await scoreOf(page, 'relevance-mass-accuracy')).toBe(mass)
    await page.getByRole('button', { name: "Crosshair to the map's maximum" }).click()
    expect(changedShare(hidden, await lookAt(page))).toBeGreaterThan(0.0005)
    expect.soft(await findings(page), 'revealed').toEqual([])
  })

  await test.step('left, all is as before', async () => {
    await page.keyboard.press('h')
    await expect(guessBar(page)).toBeHidden()
    await expect(readout).toContainText('Truth')
    expect(page.url()).toMatch(/\?case=hippocampus\/subject-1$/)
    expect(changedShare(open, await lookAt(page))).toBeLessThan(0.001)
  })
})

test('shuffled weights: another prediction, a measured correlation, and back', async ({ page }) => {
  await openDemo(page)
  const prediction = panel(page, 'Prediction')
  const before = await prediction.innerText()
  await page.getByRole('button', { name: 'Shuffle weights' }).click()
  await expect(page.getByText('weights shuffled')).toBeVisible()
  await expect(prediction.getByRole('button', { pressed: true })).toBeVisible()
  expect(await prediction.innerText()).not.toBe(before)
  await panel(page, 'Explain').getByRole('button', { name: /^Run/ }).click()
  await expect(runs(page)).toHaveCount(2)
  await expect(page.getByLabel('About this map')).toContainText(
    /correlation −?0\.\d\d with the map of trained weights/,
  )
  await page.getByRole('button', { name: 'Trained weights' }).click()
  await expect(prediction).toHaveText(before, { useInnerText: true })
})

test('hidden from the first moment on: an address that names nothing, and the next case', async ({
  page,
}) => {
  const telling = await tellTales(page)
  await page.goto('/?case=2/2&guess')
  await expect(guessBar(page)).toBeVisible()
  await expectRun(page, 'done')
  await expect(panel(page, 'Case: 2')).toBeVisible()
  await expectNothingTold(page, telling)
  await page.keyboard.press('n')
  await expect(page).toHaveURL(/\?case=(?:1|3)\/1&guess$/)
  await expectRun(page, 'done')
  await expectNothingTold(page, telling)
  await guessBar(page).getByRole('button', { name: 'Reveal' }).click()
  await expect(page).toHaveURL(/\?case=[a-z-]+\/subject-1$/)
  await expect(panel(page, /^Case: [A-Z]/)).toBeVisible()
})

test('a control cannot be guessed, whatever its address says', async ({ page }) => {
  await page.goto('/?case=control-random&guess')
  await expectRun(page, 'done')
  await expect(guessBar(page)).toBeHidden()
  await expect(page).toHaveURL(/\?case=control-random\/subject-1$/)
  await expect(panel(page, /^Case: /).getByRole('button', { name: 'Guess first' })).toBeDisabled()
  await page.keyboard.press('h')
  await expect(guessBar(page)).toBeHidden()
})

/** Names, questions and answers of every case, and of every class. */
async function tellTales(page: Page): Promise<readonly string[]> {
  const cases = await readCases(page)
  const names = await Promise.all(cases.map((file) => classNamesOf(page, file)))
  const texts = cases.flatMap(({ title, question, answer }) => [
    title,
    question,
    answer,
    inShort(answer),
  ])
  return [...texts, ...names.flat(), 'hippocamp', 'putam'].map((text) => text.toLowerCase())
}

/** Neither text nor any attribute nor the address holds one of them. */
async function expectNothingTold(page: Page, telling: readonly string[]): Promise<void> {
  // Lessons are about ways of looking; their titles are offered in any case.
  const html = await page.evaluate(() => {
    const copy = document.body.cloneNode(true) as HTMLElement
    for (const part of copy.querySelectorAll('script, .lesson-list')) part.remove()
    return copy.outerHTML
  })
  const shown = `${html} ${page.url()} ${await page.title()}`.toLowerCase()
  expect(telling.filter((text) => shown.includes(text))).toEqual([])
}

test('how methods did on known truths: on their cards and in the case', async ({ page }) => {
  const score = (mass: number) => ({
    mass: [mass, mass - 0.02, mass + 0.02],
    cases: 50,
    verdict: 'follows the weights',
  })
  const task = (id: string, title: string, knows = 'the signal') => ({
    [id]: {
      case: id,
      title,
      knows,
      widening: 'by the pipeline',
      accuracy: [0.97, 0.93, 0.99],
      chance: 0.02,
      ceiling: 0.9,
      models: {},
    },
  })
  const truth = {
    version: 2,
    date: '2026-11-22',
    cases: 50,
    tasks: { ...task('hippocampus', 'Hippocampus'), ...task('coin', 'A coin', 'nothing') },
    methods: {
      gradient: { hippocampus: score(0.4), coin: score(0.02) },
      'grad-cam': { hippocampus: score(0.02), coin: score(0.02) },
      smoothgrad: { hippocampus: score(0.6) },
    },
  }
  await page.route('**/cases/truth.json', (route) => route.fulfill({ json: truth }))
  await openDemo(page)
  const inCase = panel(page, /^Case: /)
  await inCase.getByRole('button', { name: 'How 3 methods did here' }).click()
  await expect(inCase.getByRole('rowheader')).toContainText(['SmoothGrad', 'Gradient', 'Grad-CAM'])
  await expect(inCase.getByRole('row', { name: /^SmoothGrad/ })).toContainText('60 % [58, 62]')
  await inCase.getByRole('button', { name: 'Grad-CAM' }).click()
  await expect(page.getByRole('combobox', { name: /^Method/ })).toHaveText(/Grad-CAM/)

  await page.getByRole('button', { name: 'About Grad-CAM' }).click()
  const card = page.getByRole('region', { name: 'On known truths' })
  await expect(card).toContainText('it put no more of its map into the truth than chance would')
  const row = card.getByRole('row', { name: /^Hippocampus/ })
  await expect(row).toContainText('at chance, best possible 90 %')
  await card.getByText('What these numbers are').click()
  await expect(card).toContainText(/share of the map that lies inside the known region/)
  await expect(card).toContainText('Measured on 2026-11-22')
  expect.soft(await findings(page), 'a method’s card').toEqual([])
  await page.keyboard.press('Escape')
  await page.keyboard.press('h')
  await expect(inCase.getByRole('button', { name: /methods did here/ })).toHaveCount(0)
})

interface ShippedTruth {
  readonly cases: number
  readonly tasks: Readonly<Record<string, { readonly title: string; readonly ceiling: number }>>
  readonly methods: Readonly<
    Record<string, Readonly<Record<string, { readonly mass: readonly number[] }>>>
  >
}

test('the shipped record of methods is what the cards show', async ({ page }) => {
  await openDemo(page)
  const truth = await readServed<ShippedTruth>(page, 'truth.json')
  const known = truth.methods['grad-cam'] ?? {}
  expect(Object.keys(known).length).toBeGreaterThan(8)
  await chooseMethod(page, /^Grad-CAM(?!\+)/)
  await page.getByRole('button', { name: 'About Grad-CAM' }).click()
  const card = page.getByRole('region', { name: 'On known truths' })
  await expect(card.getByRole('rowheader')).toHaveCount(Object.keys(known).length)
  const titles = await card.getByRole('rowheader').allTextContents()
  const numbers = await card.getByRole('cell').allTextContents()
  for (const [id, { mass }] of Object.entries(known)) {
    const { title = '', ceiling = 0 } = truth.tasks[id] ?? {}
    // Percentages of the page keep two digits: compare as numbers.
    const shown = numbers[titles.indexOf(title)] ?? ''
    const percent = Number(/([\d.]+) %/.exec(shown)?.[1])
    expect(Math.abs(percent - 100 * (mass[0] ?? Number.NaN)), `${title}: ${shown}`).toBeLessThan(
      0.6,
    )
    const best = Number(/best possible ([\d.]+) %/.exec(shown)?.[1])
    expect(Math.abs(best - 100 * ceiling), `${title}: ${shown}`).toBeLessThan(0.6)
  }
  await card.getByText('What these numbers are').click()
  await expect(card).toContainText('the region is widened by 2 voxels as in Siegel et al. 2025 (')
  await expect(card).toContainText('the mask is taken as it is (')
})
