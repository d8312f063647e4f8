import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createNodeRuntime } from '../../src/engine/runtime-node.ts'
import { summariseTask } from '../report/summary.ts'
import { behaviourTable, methodTable } from '../report/task-tables.ts'
import { testCohort } from '../testing/committed-cohort.ts'
import { choosePlanned } from './method-plan.ts'
import { type Part, parts } from './parts.ts'
import type { ResultsStore } from './results-store.ts'
import type { Row } from './rows.ts'
import { runTask } from './run-task.ts'
import { isSlice, readTasks } from './tasks.ts'

function memoryStore(): ResultsStore<Row> & { readonly added: string[] } {
  const rows = new Map<string, Row>()
  const added: string[] = []
  return {
    find: (key) => rows.get(key),
    add(key, row) {
      added.push(key)
      rows.set(key, row)
    },
    get size() {
      return rows.size
    },
    added,
  }
}

const { tasks } = readTasks(fileURLToPath(new URL('../../', import.meta.url)))
const task = tasks.find((one) => isSlice(one) && one.knows === 'the signal')

// Slices, because a map of one takes milliseconds.
test.skipIf(!task)(
  'the whole of it on three slices of a shipped model',
  async () => {
    const store = memoryStore()
    const said: string[] = []
    const around = {
      runtime: createNodeRuntime({ threads: 1 }),
      cohort: testCohort,
      store,
      indices: [0, 1, 2],
      parts: new Set<Part>(parts),
      machine: 'a test',
      say: (line: string) => said.push(line),
    }
    const methods = choosePlanned(['gradient', 'input-x-gradient', 'integrated-gradients'])
    const result = await runTask(task!, methods, around)
    const summary = summariseTask(result)
    expect(summary.models[0]?.accuracy.count).toBe(6)
    expect(summary.models[0]?.auc).toBeGreaterThan(0.5)
    expect(summary.methods.map(({ id, count }) => [id, count])).toEqual(
      methods.map(({ id }) => [id, 3]),
    )
    // The twin differs where the nodule is, and hardly elsewhere.
    expect(summary.references.difference.mass).toBeGreaterThan(0.8)
    expect(summary.changed).toBeGreaterThan(0.8)
    for (const { measures, cost, paired, randomised, permutations } of summary.methods) {
      for (const { mean } of Object.values(measures)) expect(mean).toBeGreaterThanOrEqual(0)
      expect(measures['roc-auc'].mean).toBeLessThanOrEqual(1)
      expect(cost?.forwards.median).toBeGreaterThan(0)
      expect(cost?.repeats).toBeGreaterThanOrEqual(3)
      // Three cases with each of three permutations; the twin of each.
      expect(randomised?.count).toBe(9)
      expect(permutations).toBe(3)
      expect(paired?.count).toBe(3)
    }
    for (const { measures, chance } of result.methods.flatMap(({ rows }) => rows)) {
      expect(measures.enrichment).toBeCloseTo(measures.mass / chance, 6)
    }
    // The gradient sees the nodule: without it less of the map lies there.
    expect(summary.methods.find(({ id }) => id === 'gradient')?.paired?.mean).toBeGreaterThan(0)
    // Integrated gradients add up; the others promise nothing.
    expect(summary.methods.find(({ id }) => id === 'integrated-gradients')?.gap).toBeLessThan(0.3)
    expect(summary.methods.find(({ id }) => id === 'gradient')?.gap).toBeNull()
    expect(`${methodTable(summary)}${behaviourTable(summary)}`).not.toMatch(/NaN|undefined/)

    const before = store.added.length
    expect(new Set(store.added).size).toBe(before)
    expect(await runTask(task!, methods, around)).toEqual(result)
    expect(store.added).toHaveLength(before)

    // A report of what is there: the fourth case and the methods that were not measured are left out.
    const kept = { ...around, indices: [0, 1, 2, 3], parts: new Set<Part>() }
    const again = await runTask(task!, [...methods, ...choosePlanned(['lrp'])], kept)
    expect(again.methods.slice(0, 3).map(({ rows }) => rows)).toEqual(
      result.methods.map(({ rows }) => rows),
    )
    expect(again.methods[3]).toMatchObject({ rows: [], reason: null })
    expect(store.added).toHaveLength(before)
  },
  180_000,
)
