/** @file `node node.js ROOT STORE [options]`: the measuring part of `npm run truth`. */

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '../src/core/failure.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { createCohort } from './cohort/cohort.ts'
import { readTemplate } from './cohort/template.ts'
import { choosePlanned, methodPlan, type PlannedMethod } from './measure/method-plan.ts'
import { type Part, parts, usualParts } from './measure/parts.ts'
import { openResultsStore } from './measure/results-store.ts'
import type { Row } from './measure/rows.ts'
import { runTask, type TaskResult } from './measure/run-task.ts'
import { readTasks, type TruthTask } from './measure/tasks.ts'
import { followParent, runWorkers, sharesOf } from './measure/workers.ts'
import { compareOrdering, describeOrdering } from './report/ordering.ts'
import { summariseTask, type TaskSummary } from './report/summary.ts'
import { accuracyTable, behaviourTable, methodTable } from './report/task-tables.ts'
import type { TruthReport } from './report/truth-document.ts'
import { LEAST_CASES, writeReport } from './report/write-report.ts'

const usage =
  'npm run truth -- [--tasks A,B] [--methods M,N] [--parts P,Q] [--cases N] [--jobs N] [--json FILE]\n' +
  '[--quick] [--stored] [--timing]\n--quick: 3 cases. --jobs: processes, two unless said otherwise. Rows ' +
  'are kept between runs: a run\nthat was stopped goes on where it was. --stored: measures nothing, and ' +
  'reports whatever was kept.\n--timing: times what was not timed yet, in one process, on a machine that ' +
  `should do nothing else.\n--parts: of ${usualParts.join(', ')}; what is left out is taken from the rows that were kept.`

/** With --quick: does it run at all? */
const QUICK_CASES = 3
/** Test and validation anatomies of 100 cases, shared by all tasks. */
const KEPT_ANATOMIES = 106
/** A process takes 2 GB. */
const MOST_JOBS = 2

function readOptions(args: string[]) {
  const list = { type: 'string', default: '' } as const
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string' },
      jobs: { type: 'string', default: String(Math.min(availableParallelism(), MOST_JOBS)) },
      json: { type: 'string' },
      methods: list,
      quick: { type: 'boolean', default: false },
      parts: list,
      stored: { type: 'boolean', default: false },
      timing: { type: 'boolean', default: false },
      tasks: list,
      worker: { type: 'string' },
    },
  })
  const split = (text: string) => text.split(',').filter((id) => id !== '')
  return {
    cases: countOf('cases', values.cases ?? (values.quick ? QUICK_CASES : LEAST_CASES)),
    jobs: values.timing ? 1 : countOf('jobs', values.jobs),
    json: values.json,
    parts: values.timing ? ['timing' as const] : values.stored ? [] : partsOf(split(values.parts)),
    methods: split(values.methods),
    tasks: split(values.tasks),
    worker: values.worker,
  }
}

function countOf(name: string, given: number | string): number {
  const count = Number(given)
  if (Number.isInteger(count) && count >= 1 && count <= 100_000) return count
  throw new Failure('bad-request', `--${name} must be a whole number from 1, not '${given}'.`)
}

function partsOf(names: readonly string[]): readonly Part[] {
  const unknown = names.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) {
    throw new Failure(
      'bad-request',
      `There is no part '${unknown}'; parts are ${parts.join(', ')}.`,
    )
  }
  return names.length === 0 ? usualParts : parts.filter((part) => names.includes(part))
}

/** A case's id chooses all of its models. */
function chooseTasks(tasks: readonly TruthTask[], ids: readonly string[]): readonly TruthTask[] {
  const matches = (task: TruthTask, id: string) => task.id === id || task.caseId === id
  const unknown = ids.find((id) => !tasks.some((task) => matches(task, id)))
  if (unknown !== undefined) {
    const known = tasks.map(({ id }) => id).join(', ')
    throw new Failure('bad-request', `There is no task '${unknown}'; tasks are ${known}.`)
  }
  return ids.length === 0 ? tasks : tasks.filter((task) => ids.some((id) => matches(task, id)))
}

function describeSettings(methods: readonly PlannedMethod[]): readonly string[] {
  return methods.flatMap(({ id, options, why, onVolumes }) => {
    const lines: string[] = []
    if (why !== '') lines.push(`\`${id}\`: ${JSON.stringify(options)}, ${why}.`)
    if (onVolumes) {
      lines.push(`\`${id}\` on volumes: ${JSON.stringify(onVolumes.options)}, ${onVolumes.why}.`)
    }
    return lines
  })
}

function print(tasks: readonly TaskSummary[]): void {
  console.log(`${accuracyTable(tasks)}\n`)
  for (const task of tasks) {
    console.log(`${task.title} (${task.id})\n\n${methodTable(task)}\n\n${behaviourTable(task)}\n`)
    for (const { id, reason } of task.refused) console.log(`- ${id}: ${reason}`)
    const ordering = compareOrdering(task)
    if (ordering) console.log(`\n${describeOrdering(ordering)}\n`)
  }
}

const machine = `${cpus().length} cores, ${type()} ${release()}, Node ${process.version}`

async function main(root: string, storePath: string, args: string[]): Promise<void> {
  const options = readOptions(args)
  const { cases, worker } = options
  const { tasks, skipped } = readTasks(root)
  const chosen = chooseTasks(tasks, options.tasks)
  const methods = choosePlanned(options.methods)
  const say = (line: string) => console.error(`  ${line}`)
  const measureAll = async (indices: readonly number[]) => {
    const store = openResultsStore<Row>(storePath)
    const template = (name: string) =>
      readTemplate(new Uint8Array(readFileSync(join(root, `truth/templates/${name}.nii.gz`))), name)
    const runtime = createNodeRuntime({ threads: 1 })
    const cohort = createCohort(template, KEPT_ANATOMIES)
    const around = { runtime, cohort, store, indices, say, parts: new Set(options.parts), machine }
    const results = []
    for (const task of chosen) {
      results.push(await runTask(task, methods, around))
    }
    return results
  }
  if (worker !== undefined) {
    followParent()
    const [own = 0, of = 1] = worker.split('/').map(Number)
    await measureAll(sharesOf(cases, of)[own] ?? [])
    return
  }
  if (options.jobs > 1 && options.parts.length > 0)
    await runWorkers(Math.min(options.jobs, cases), [root, storePath, ...args])
  const [all = []] = sharesOf(cases, 1)
  const results = await measureAll(all)
  const isMeasured = ({ predictions, references, methods: done }: TaskResult) =>
    [...predictions, { rows: references }].every(({ rows }) => rows.length > 0) &&
    done.filter(({ rows }) => rows.length > 0).length > done.length / 2
  const missing = results.filter((result) => !isMeasured(result)).map(({ task }) => task.id)
  const summaries = results.filter(isMeasured).map(summariseTask)
  const report: TruthReport = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    cases,
    tasks: summaries,
    skipped: {
      ...skipped,
      ...Object.fromEntries(missing.map((id) => [id, 'it has not been measured yet'])),
    },
    settings: describeSettings(methods),
  }
  print(summaries)
  if (options.json !== undefined) {
    const file = resolve(process.env.INIT_CWD ?? '.', options.json)
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  }
  const isWhole = chosen.length === tasks.length && methods.length === methodPlan.length
  if (isWhole && (cases >= LEAST_CASES || options.parts.length === 0)) {
    say(`written: ${writeReport(root, report).join(', ')}`)
  } else say(`docs/truth.md is written by a run of everything on ${LEAST_CASES} cases or more`)
}

const [root, storePath, ...args] = process.argv.slice(2)
try {
  if (root === undefined || storePath === undefined) throw new Failure('bad-request', 'where?')
  await main(root, storePath, args)
} catch (error) {
  const isUse = error instanceof Failure || (error instanceof TypeError && 'code' in error)
  console.error(isUse ? `${error.message}\n${usage}` : error)
  process.exitCode = isUse ? 2 : 1
}
