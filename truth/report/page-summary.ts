/** @file `public/cases/truth.json`: what the page shows on a method's card. */

import type { TaskSummary, Verdict } from './summary.ts'

/** Numbers are rounded to three decimals. */
export interface PageSummary {
  readonly version: 1
  readonly date: string
  /** Held-out cases that a method and task should have; each says how many it has. */
  readonly cases: number
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly case: string
        readonly title: string
        readonly isControl: boolean
        readonly accuracy: readonly [mean: number, low: number, high: number]
        /** Mass that a map without knowledge has in the truth. */
        readonly chance: number
        /** Mass of the exact causal map, subject less twin: what a map that is right scores. */
        readonly ceiling: number
      }
    >
  >
  /** By method, then by task: [mean, low, high] of the mass in truth, neuro pipeline. */
  readonly methods: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly mass: readonly [mean: number, low: number, high: number]
            readonly cases: number
            readonly rocAuc: number
            readonly pointing: number
            readonly forwards: number
            readonly verdict: Verdict | null
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
      const { neuro, pointing } = method.measures
      const own = methods[method.id] ?? {}
      methods[method.id] = own
      own[task.id] = {
        mass: [round(neuro.mean), round(neuro.low), round(neuro.high)],
        cases: method.count,
        rocAuc: round(method.measures['roc-auc'].mean),
        pointing: round(pointing.mean),
        forwards: round(method.forwards),
        verdict: method.verdict,
      }
    }
  }
  return {
    version: 1,
    date,
    cases,
    tasks: Object.fromEntries(
      tasks.map((task) => {
        const [model] = task.models
        const accuracy = [model?.accuracy ?? 0, model?.low ?? 0, model?.high ?? 0].map(round)
        return [
          task.id,
          {
            case: task.caseId,
            title: task.title,
            isControl: task.isControl,
            accuracy: accuracy as [number, number, number],
            chance: round(task.methods[0]?.chanceNeuro ?? 0),
            ceiling: round(task.references.difference.neuro),
          },
        ]
      }),
    ),
    methods,
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
