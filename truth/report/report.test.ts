import { expect, test } from 'vitest'
import { type MeasureId, measureIds } from '../measure/measures.ts'
import { describeControl } from './controls.ts'
import { remarksOn } from './discussion.ts'
import { figure, interval, markdownTable } from './markdown-table.ts'
import { compareOrdering, describeOrdering } from './ordering.ts'
import { overviewTable } from './overview.ts'
import { pageSummary } from './page-summary.ts'
import { publishedGroups } from './published.ts'
import type { Numbers } from './remarks.ts'
import { judge, type MethodSummary, type TaskSummary } from './summary.ts'
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

test('the verdict needs the whole interval on one side', () => {
  expect(judge({ low: -0.1, high: 0.49 })).toBe('follows the weights')
  expect(judge({ low: 0.51, high: 0.9 })).toBe('follows the image')
  expect(judge({ low: 0.4, high: 0.6 })).toBe('unclear')
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
    gap: null,
    seconds: 1,
    forwards: 2.5,
    randomised: estimate(0.1),
    verdict: 'follows the weights',
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
    isControl: id.startsWith('control'),
    models: [
      {
        variant: 'main',
        accuracy: 0.98,
        low: 0.93,
        high: 0.99,
        count: 100,
        sensitivity: 1,
        specificity: 0.96,
        auc: 0.99,
      },
    ],
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
  expect(text).toContain('Grad-CAM is number 9 of 9 (.068)')
  expect(text).toContain('subject less twin, scores .970 by the same measure')
  expect(text).toContain('1 of 2 methods on `control-random` score above it')
  expect(text).toContain(
    'More than that, so that brightness and edges alone do not account for it: `smoothgrad` (.200).',
  )
  expect(text).not.toContain('`gradient` (.031')
  expect(text).toContain('- `cam`: There is no | pooled head.')
  expect(text).toContain('`other` is left out: nobody knows it.')
  expect(text).toContain('Spearman 1.00 over 9 methods')
  expect(text).toContain('| `hippocampus` | .990 | .250 | .750 | .970 | .250 |')
  expect(text).not.toMatch(/NaN|undefined|null/)
})

test('a control whose methods give no more than the image does', () => {
  const control = task('control-random', { gradient: 0.055, lrp: 0.3 })
  const said = describeControl(control)
  expect(said).toContain('2 of 2 methods score above chance (.030)')
  expect(said).toContain(
    'No more than the image or its edges give by themselves: `gradient` (.055).',
  )
  expect(describeControl(task('control-random', { gradient: 0.03 }))).toContain(
    'no method scores above chance',
  )
})

test('a control whose maps shun the truth', () => {
  const said = describeControl(task('control-random', { gradient: 0.03, lrp: 0.001, cam: 0.002 }))
  expect(said).toContain('2 methods score below it: `cam` (.002), `lrp` (.001)')
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
    rocAuc: 0.5,
    pointing: 0.5,
    forwards: 2.5,
    verdict: 'follows the weights',
  })
  expect(found['control-random']).toMatchObject({
    isControl: true,
    accuracy: [0.98, 0.93, 0.99],
    ceiling: 0.97,
  })
})
