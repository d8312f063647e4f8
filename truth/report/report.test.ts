import { expect, test } from 'vitest'
import { type MeasureId, measureIds } from '../measure/measures.ts'
import { allNumbers } from './all-numbers.ts'
import { countOutcomes, describeControl } from './controls.ts'
import { remarksOn } from './discussion.ts'
import { figure, interval, markdownTable } from './markdown-table.ts'
import type { MethodSummary } from './method-summary.ts'
import { compareOrdering, describeOrdering } from './ordering.ts'
import { overviewTable } from './overview.ts'
import { pageSummary } from './page-summary.ts'
import { publishedGroups } from './published.ts'
import { rankMethods } from './rank-methods.ts'
import type { Numbers } from './remarks.ts'
import type { TaskSummary } from './summary.ts'
import { methodTable } from './task-tables.ts'
import { truthDocument } from './truth-document.ts'
import { truthFigure } from './truth-figure.ts'

test('numbers in tables', () => {
  expect([0.1234, -0.5, 0, 1, 9.999, 12.34, 345.6, Number.NaN].map(figure)).toEqual([
    '.123',
    '-.500',
    '.000',
    '1.00',
    '10.00',
    '12.3',
    '346',
    '-',
  ])
  expect(interval({ mean: 0.5, low: 0.25, high: 1, count: 3 })).toBe('.500 [.250, 1.00]')
})

test('tables: one line per row, bars escaped, rows of another length refused', () => {
  expect(markdownTable(['a', 'b'], [['1', 'x|y']])).toBe('| a | b |\n| --- | --- |\n| 1 | x\\|y |')
  expect(() => markdownTable(['a'], [['1', '2']])).toThrow('2 cells under 1')
})

function method(id: string, mass: number): MethodSummary {
  const estimate = (mean: number) => ({ mean, low: mean - 0.01, high: mean + 0.01, count: 50 })
  const measures = Object.fromEntries(measureIds.map((name) => [name, estimate(0.5)])) as Record<
    MeasureId,
    ReturnType<typeof estimate>
  >
  return {
    id,
    label: id,
    family: 'backpropagation',
    count: 50,
    empty: 0,
    measures: { ...measures, neuro: estimate(mass) },
    chance: 0.01,
    chanceNeuro: 0.03,
    cases: Array.from({ length: 50 }, (_, index) => ({
      index,
      neuro: mass + (index - 24.5) / 1e4,
    })),
    right: { neuro: estimate(mass / 2), empty: 1 },
    paired: null,
    gap: null,
    cost: {
      seconds: { median: 1, low: 0.9, high: 1.2 },
      forwards: { median: 2.5, low: 2, high: 3 },
      repeats: 5,
      machine: '2 cores',
    },
    randomised: estimate(0.1),
    permutations: 3,
    verdict: 'follows the weights',
    permutedNeuro: null,
    retrained: null,
  }
}

function reference(mass: number): TaskSummary['references']['image'] {
  const measures = Object.fromEntries(measureIds.map((id) => [id, 0.25])) as Record<
    MeasureId,
    number
  >
  return { ...measures, neuro: mass }
}

function task(id: string, masses: Readonly<Record<string, number>>): TaskSummary {
  return {
    id,
    caseId: id,
    title: `Title of ${id}`,
    knows: id.startsWith('control') ? 'nothing' : 'the signal',
    isUntrained: false,
    widening: 'by the pipeline',
    models: [
      {
        variant: 'main',
        sha256: 'abc',
        accuracy: { share: 0.98, low: 0.93, high: 0.99, count: 100 },
        sensitivity: 1,
        specificity: 0.96,
        ordered: 0.97,
        auc: 0.99,
        drawnAuc: [0.9, 1],
      },
    ],
    crossed: null,
    pairedReferences: null,
    references: { difference: reference(0.97), image: reference(0.04), edges: reference(0.06) },
    changed: 0.99,
    methods: Object.entries(masses).map(([name, mass]) => method(name, mass)),
    refused: [{ id: 'cam', reason: 'There is no | pooled head.' }],
  }
}

test('the published ordering against itself, reversed, and too short', () => {
  const [group] = publishedGroups
  const mass = group!.mass
  const same = compareOrdering(task('hippocampus', mass))!
  expect(same.correlation).toBeCloseTo(1, 9)
  expect(describeOrdering(same)).toContain('No method is more than one place away')
  const reversed = Object.fromEntries(Object.entries(mass).map(([id, value]) => [id, -value]))
  const turned = compareOrdering(task('hippocampus', reversed))!
  expect(turned.correlation).toBeCloseTo(-1, 9)
  expect(describeOrdering(turned)).toContain('Best here: `grad-cam`; best there: `smoothgrad`')
  expect(compareOrdering(task('hippocampus', { gradient: 1, smoothgrad: 2 }))).toBeNull()
  expect(compareOrdering(task('shortcut', mass))).toBeNull()
})

test('best first, chance last', () => {
  const lines = methodTable(task('putamen', { gradient: 0.2, smoothgrad: 0.9 })).split('\n')
  expect(lines[2]).toMatch(/^\| `smoothgrad` \| \.900 \[\.890, \.910\] \| \.500 /)
  expect(lines[3]).toMatch(/^\| `gradient` /)
  expect(lines[4]).toMatch(/^\| \*the causal map.*\| \.970 /)
  expect(lines[7]).toMatch(/^\| \*chance\* \| \.030 \| \.010 /)
})

const tasks = [
  task('hippocampus', publishedGroups[0]!.mass),
  task('control-random', { gradient: 0.031, smoothgrad: 0.2 }),
]

test('the document: findings first, controls taken apart, refusals say why', () => {
  const text = truthDocument({
    date: '2026-01-31',
    machine: '2 cores',
    cases: 50,
    tasks,
    skipped: { other: 'nobody knows it' },
    settings: ['`occlusion`: fewer windows.'],
  })
  expect(text).toContain('highest on average for `smoothgrad` (.382), `input-x-gradient` (.374)')
  expect(text).toContain('Grad-CAM is number 9 of them (.068)')
  expect(text).toContain('subject less twin, scores .970 by the same measure')
  expect(text).toContain('1 of 2 maps above chance, 1 at it and 0 below on `control-random`')
  expect(text).toContain(
    'Above, and more than the image (.040) or its edges (.060) give by themselves: `smoothgrad` (.200).',
  )
  expect(text).not.toContain('`gradient` (.031)')
  expect(text).toContain('- `cam`: There is no | pooled head.')
  expect(text).toContain('`other` is left out: nobody knows it.')
  expect(text).toContain(
    'Spearman 1.00 ([1.00, 1.00] over cases, [1.00, 1.00] over methods, p < 0.001), 9 methods.',
  )
  expect(text).toContain('no discovery')
  expect(text).toContain('| `hippocampus` | .990 | .250 | .750 | .970 | .250 |')
  expect(text).not.toMatch(/NaN|undefined|null/)
})

test('a control whose methods give no more than the image does', () => {
  const [said] = describeControl(task('control-random', { gradient: 0.055, lrp: 0.3 }))
  expect(said).toContain('2 of 2 maps above chance, 0 at it and 0 below (.030)')
  expect(said).toContain(
    'Above, but no more than the image or its edges give by themselves: `gradient` (.055).',
  )
})

test('a control whose maps shun the truth, as the image does or not', () => {
  const control = task('control-random', { gradient: 0.03, lrp: 0.001, cam: 0.002 })
  expect(describeControl(control)[0]).toContain('0 of 3 maps above chance, 1 at it and 2 below')
  expect(describeControl(control)[0]).toContain('places that the image or the design')
  const dim = {
    ...control,
    references: { ...control.references, image: reference(0), edges: reference(0) },
  }
  expect(describeControl(dim)[0]).toContain('the mass alone has little power to convict it')
})

test('methods that give one map are one map', () => {
  const control = task('control-random', { gradient: 0.03, saliency: 0.03, lrp: 0.3 })
  expect(countOutcomes(control)).toBe('1 of 2 maps above chance, 1 at it and 0 below')
  const [first] = rankMethods([task('putamen', { gradient: 0.5, saliency: 0.5, lrp: 0.4 })])
  expect(first).toEqual({ id: 'gradient', same: ['saliency'], mean: 0.5 })
})

test('a method that lacks a task, or has fewer of its cases, is not ranked', () => {
  const two = [
    task('putamen', { gradient: 0.2, lrp: 0.9, cam: 0.8 }),
    task('hippocampus', { gradient: 0.2, lrp: 0.9 }),
  ]
  const [own, ...others] = two[1]!.methods
  const short = [
    two[0]!,
    { ...two[1]!, methods: [own!, ...others.map((one) => ({ ...one, count: 10 }))] },
  ]
  expect(rankMethods(two).map(({ id, mean }) => [id, mean])).toEqual([
    ['lrp', 0.9],
    ['gradient', 0.2],
    ['cam', null],
  ])
  expect(rankMethods(short).map(({ id }) => id)).toEqual(['gradient', 'cam', 'lrp'])
  expect(overviewTable(short)).toContain('| `lrp` | - | **.900** | .900 (10) |')
})

test('a network that never saw the mark: below is right', () => {
  const clean = {
    ...task('shortcut/clean', { gradient: 0.001, lrp: 0.2 }),
    knows: 'another signal' as const,
  }
  const [said] = describeControl(clean)
  expect(said).toContain('**`shortcut/clean` never saw the mark**')
  expect(said).toContain('below is right')
  expect(said).toContain('Those above: `lrp` (.200).')
})

test('a control beside its twins and its other initialisations', () => {
  const control = task('control-untrained', { gradient: 0.031, lrp: 0.01 })
  const [one, other] = control.methods
  const said = describeControl({
    ...control,
    isUntrained: true,
    methods: [
      {
        ...one!,
        paired: { mean: 0.02, low: 0.01, high: 0.03, count: 20 },
        permutedNeuro: { mean: 0.1, low: 0.05, high: 0.2, count: 60 },
        permutations: 5,
      },
      { ...other!, paired: { mean: 0, low: -0.01, high: 0.01, count: 20 } },
    ],
    pairedReferences: {
      image: { mean: -0.001, low: -0.002, high: 0, count: 20 },
      edges: { mean: 0.004, low: 0.001, high: 0.005, count: 20 },
    },
  })
  expect(said[0]).toContain('up to 20 pairs')
  expect(said[0]).toContain('1 of 2 do, most of all `gradient` +.020 [.010, .030]')
  expect(said[0]).toContain('The image alone changes by -.001 [-.002, .000]')
  expect(said[0]).toContain('Over 6 initialisations')
  expect(said[0]).toContain('1 of 1 maps above chance (`gradient` .100 [.050, .200])')
  expect(said[1]).toContain(
    '| `gradient` | .031 [.021, .041] | at | +.020 [.010, .030] (20) | .100',
  )
  expect(said[1]).toContain('| *its edges alone* |  |  | +.004 [.001, .005] (20) |  |')
})

test('the overview: best of each task in bold, controls last, means without them', () => {
  const lines = overviewTable(tasks).split('\n')
  expect(lines[0]).toBe('| Method | Mean | hippocampus | *control-random* |')
  expect(lines[2]).toBe('| `smoothgrad` | .382 | **.382** | .200 |')
  expect(lines.at(-1)).toBe('| *chance* |  | .030 | .030 |')
  expect(lines.find((line) => line.startsWith('| `gradient`'))).toBe(
    '| `gradient` | - | - | .031 |',
  )
})

test('a remark that does not hold is left out', () => {
  const remark = {
    holds: ({ mass }: Numbers) =>
      mass('hippocampus', 'smoothgrad') > mass('hippocampus', 'grad-cam'),
    text: ({ say }: Numbers) => `SmoothGrad has ${say('hippocampus', 'smoothgrad')}.`,
  }
  expect(remarksOn(tasks, [remark])).toEqual(['SmoothGrad has .382.'])
  expect(remarksOn([], [remark])).toEqual(['No remark was written about numbers like these.'])
})

test('the figure has a cell for every number, in a valid drawing', () => {
  const svg = truthFigure(tasks)
  // Nine methods and two on the control, three references and chance on both.
  expect(svg.match(/class="cell"/g)).toHaveLength(9 + 2 + 2 * 4)
  expect(svg.match(/·/g)).toHaveLength(2 * 10 - 9 - 2)
  expect(svg.startsWith('<svg ')).toBe(true)
  expect(svg).toContain('prefers-color-scheme: dark')
  expect(svg).not.toMatch(/NaN|undefined/)
})

test('what the page reads', () => {
  const { methods, tasks: found } = pageSummary(tasks, 50, '2026-01-31')
  expect(methods.smoothgrad?.hippocampus).toEqual({
    mass: [0.382, 0.372, 0.392],
    cases: 50,
    verdict: 'follows the weights',
  })
  expect(found['control-random']).toMatchObject({
    knows: 'nothing',
    widening: 'by the pipeline',
    accuracy: [0.98, 0.93, 0.99],
    ceiling: 0.97,
    models: { main: 'abc' },
  })
})

test('all numbers: every measure of every method with its interval', () => {
  const { tasks: found } = JSON.parse(allNumbers({ tasks, date: '2026-01-31' }))
  expect(found.hippocampus.smoothgrad).toMatchObject({
    cases: 50,
    neuro: [0.382, 0.372, 0.392],
    'roc-auc': [0.5, 0.49, 0.51],
    'randomised alike': [0.1, 0.09, 0.11],
    'retrained alike': null,
  })
  expect(Object.keys(found['control-random'])).toEqual(['gradient', 'smoothgrad'])
})
