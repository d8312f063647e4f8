/** @file `node node.js ROOT STORE [options]`: the measuring part of `npm run truth`. */

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '../src/core/failure.ts'
import { createNodeRuntime } from '../src/engine/runtime-node.ts'
import { createCohort } from './cohort/cohort.ts'
import { readTemplate } from './cohort/template.ts'
import { choosePlanned, methodPlan, type PlannedMethod } from './measure/method-plan.ts'
import { openResultsStore } from './measure/results-store.ts'
import type { Row } from './measure/rows.ts'
import { runTask } from './measure/run-task.ts'
import { readTasks, type TruthTask } from './measure/tasks.ts'
import { compareOrdering, describeOrdering } from './report/ordering.ts'
import { summariseTask, type TaskSummary } from './report/summary.ts'
import { accuracyTable, behaviourTable, methodTable } from './report/task-tables.ts'
import type { TruthReport } from './report/truth-document.ts'
import { LEAST_CASES, writeReport } from './report/write-report.ts'

const usage =
  'npm run truth -- [--tasks A,B] [--methods M,N] [--cases N] [--json FILE] [--quick]\n' +
  '--quick: 3 cases. Rows are kept between runs: a run that was stopped goes on where it was.'

/** With --quick: does it run at all? */
const QUICK_CASES = 3
/** Test and validation anatomies of 100 cases, shared by all tasks. */
const KEPT_ANATOMIES = 106

function readOptions(args: string[]) {
  const list = { type: 'string', default: '' } as const
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string' },
      json: { type: 'string' },
      methods: list,
      quick: { type: 'boolean', default: false },
      tasks: list,
    },
  })
  const cases = Number(values.cases ?? (values.quick ? QUICK_CASES : LEAST_CASES))
  if (!Number.isInteger(cases) || cases < 1 || cases > 100_000) {
    throw new Failure(
      'bad-request',
      `--cases must be a whole number from 1, not '${values.cases}'.`,
    )
  }
  const split = (text: string) => text.split(',').filter((id) => id !== '')
  return { cases, json: values.json, methods: split(values.methods), tasks: split(values.tasks) }
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

function describeSettings(methods: readonly PlannedMethod[], cases: number): readonly string[] {
  return methods.flatMap(({ id, options, why, mostCases }) => {
    const lines: string[] = []
    if (why !== '') lines.push(`\`${id}\`: ${JSON.stringify(options)}, ${why}.`)
    if (mostCases !== undefined && mostCases < cases) {
      lines.push(
        `\`${id}\`: ${mostCases} cases on volumes, because one takes hundreds of forward runs.`,
      )
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

async function main(root: string, storePath: string, args: string[]): Promise<void> {
  const options = readOptions(args)
  const { tasks, skipped } = readTasks(root)
  const chosen = chooseTasks(tasks, options.tasks)
  const methods = choosePlanned(options.methods)
  const store = openResultsStore<Row>(storePath)
  const say = (line: string) => console.error(`  ${line}`)
  say(`${store.size} rows kept in ${storePath}`)
  const template = (name: string) =>
    readTemplate(new Uint8Array(readFileSync(join(root, `truth/templates/${name}.nii.gz`))), name)
  const around = {
    runtime: createNodeRuntime(),
    cohort: createCohort(template, KEPT_ANATOMIES),
    store,
    cases: options.cases,
    say,
  }
  const summaries: TaskSummary[] = []
  for (const task of chosen) summaries.push(summariseTask(await runTask(task, methods, around)))
  const report: TruthReport = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores, ${type()} ${release()}, Node ${process.version}`,
    cases: options.cases,
    tasks: summaries,
    skipped,
    settings: describeSettings(methods, options.cases),
  }
  print(summaries)
  if (options.json !== undefined) {
    const file = resolve(process.env.INIT_CWD ?? '.', options.json)
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  }
  const isWhole = chosen.length === tasks.length && methods.length === methodPlan.length
  if (isWhole && options.cases >= LEAST_CASES) {
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
