/** @file `public/cases/truth.json`: what the page shows on a method's card. */

import type { Estimate } from '../measure/bootstrap.ts'
import type { Knowledge, Widening } from '../measure/tasks.ts'
import type { MethodVerdict } from './method-summary.ts'
import type { TaskSummary } from './summary.ts'

type Triple = readonly [mean: number, low: number, high: number]

/** Numbers are rounded to three decimals. */
export interface PageSummary {
  readonly version: 2
  readonly date: string
  /** Held-out cases that a method and task should have; each says how many it has. */
  readonly cases: number
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly case: string
        readonly title: string
        /** What its network learned: not the signal, on controls. */
        readonly knows: Knowledge
        /** Whether, and where, the truth is grown before the mass in it is taken. */
        readonly widening: Widening
        readonly accuracy: Triple
        /** Mass that a map without knowledge has in the truth. */
        readonly chance: number
        /** Mass of the exact causal map, subject less twin: what a map that is right scores. */
        readonly ceiling: number
        /** sha256 of the networks that were measured, by their variants. */
        readonly models: Readonly<Record<string, string>>
      }
    >
  >
  /** By method, then by task. */
  readonly methods: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            /** Of the mass in truth, neuro pipeline. */
            readonly mass: Triple
            readonly cases: number
            readonly verdict: MethodVerdict | null
            /** Likeness of the maps of networks trained again; absent where there are none. */
            readonly retrained?: Triple
          }
        >
      >
    >
  >
}

/** A mean of fewer cases than this is no record: the page leaves it out. */
const LEAST_SHOWN = 10

export function pageSummary(
  tasks: readonly TaskSummary[],
  cases: number,
  date: string,
): PageSummary {
  const methods: Record<string, Record<string, PageSummary['methods'][string][string]>> = {}
  for (const task of tasks) {
    for (const method of task.methods) {
      if (method.count < Math.min(LEAST_SHOWN, cases)) continue
      const own = methods[method.id] ?? {}
      methods[method.id] = own
      own[task.id] = {
        mass: triple(method.measures.neuro),
        cases: method.count,
        verdict: method.verdict,
        ...(method.retrained && { retrained: triple(method.retrained) }),
      }
    }
  }
  return {
    version: 2,
    date,
    cases,
    tasks: Object.fromEntries(tasks.map((task) => [task.id, describeTask(task)])),
    methods,
  }
}

function describeTask(task: TaskSummary): PageSummary['tasks'][string] {
  const { share = 0, low = 0, high = 0 } = task.models[0]?.accuracy ?? {}
  return {
    case: task.caseId,
    title: task.title,
    knows: task.knows,
    widening: task.widening,
    accuracy: [round(share), round(low), round(high)],
    chance: round(task.methods[0]?.chanceNeuro ?? 0),
    ceiling: round(task.references.difference.neuro),
    models: Object.fromEntries(task.models.map(({ variant, sha256 }) => [variant, sha256])),
  }
}

export function triple({ mean, low, high }: Estimate): Triple {
  return [round(mean), round(low), round(high)]
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
