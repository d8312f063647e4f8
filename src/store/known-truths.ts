/** @file `cases/truth.json`: how every method did on the tasks whose truth is known. */

import { Failure } from '../core/failure.ts'
import type { LikenessVerdict } from '../core/metrics/judge-likeness.ts'
import type { FetchBytes } from './case-files.ts'
import { asObject, asText, fetchJson, type Json } from './case-json.ts'

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** What the network of a task learned: on controls nothing, or something else. */
export type Knowledge = 'another signal' | 'nothing' | 'the signal'

/** How far the truth reaches when the mass in it is taken. */
export type Widening = 'by the pipeline' | 'in the mask' | 'none'

export interface TruthTask {
  /** "putamen"; "nodule/vit" where a case has several. */
  readonly id: string
  readonly caseId: string
  readonly title: string
  /** A good method stays at or below chance where it is not the signal. */
  readonly knows: Knowledge
  readonly widening: Widening
  /** Of the model, on held-out images. */
  readonly accuracy: Interval
  /** Mass that a map without knowledge has in the truth. */
  readonly chance: number
  /** Mass of the exact causal map: what a map that is right has. */
  readonly ceiling: number
  /** sha256 of the networks that were measured, by their variants. */
  readonly models: Readonly<Record<string, string>>
}

export interface TruthScore {
  /** "gradient"; "lrp:epsilon-plus" for a variation of a method. */
  readonly methodKey: string
  readonly taskId: string
  /** Share of the map inside the truth. */
  readonly mass: Interval
  readonly cases: number
  /** Against randomised weights; null where that was not measured, or could not be judged. */
  readonly verdict: LikenessVerdict | null
  /** Rank correlation with maps of networks trained again; null where there are none. */
  readonly retrained: Interval | null
}

export interface KnownTruths {
  /** "2026-11-22". */
  readonly date: string
  /** Held-out cases per task. */
  readonly cases: number
  readonly tasks: readonly TruthTask[]
  readonly scores: readonly TruthScore[]
}

/** null where the page comes without the file. Rejects with a Failure where it is not what it should be. */
export async function fetchKnownTruths(
  fetchBytes: FetchBytes,
  signal: AbortSignal,
): Promise<KnownTruths | null> {
  const json = await fetchJson(fetchBytes, 'cases/truth.json', signal).catch(() => null)
  return json === null ? null : parseKnownTruths(json)
}

/** @throws Failure that names the place which is wrong */
export function parseKnownTruths(json: unknown): KnownTruths {
  const file = asObject(json)
  if (file.version !== 2) throw wrong('version', 'must be 2')
  const tasks = Object.entries(asObject(file.tasks)).map(([id, value]): TruthTask => {
    const task = asObject(value)
    const at = `tasks.${id}`
    return {
      id,
      caseId: readText(task, 'case', at),
      title: readText(task, 'title', at),
      knows: readOne(task.knows, knowledge, `${at}.knows`),
      widening: readOne(task.widening, widenings, `${at}.widening`),
      accuracy: readInterval(task.accuracy, `${at}.accuracy`),
      chance: readShare(task.chance, `${at}.chance`),
      ceiling: readShare(task.ceiling, `${at}.ceiling`),
      models: Object.fromEntries(
        Object.entries(asObject(task.models)).map(([variant, digest]) => [variant, String(digest)]),
      ),
    }
  })
  const known = new Set(tasks.map(({ id }) => id))
  const scores = Object.entries(asObject(file.methods)).flatMap(([methodKey, byTask]) =>
    Object.entries(asObject(byTask)).map(([taskId, value]): TruthScore => {
      const score = asObject(value)
      const at = `methods.${methodKey}.${taskId}`
      if (!known.has(taskId)) throw wrong(at, 'is about a task that is not listed')
      return {
        methodKey,
        taskId,
        mass: readInterval(score.mass, `${at}.mass`),
        cases: readCount(score.cases, `${at}.cases`),
        verdict: verdicts.find((verdict) => verdict === score.verdict) ?? null,
        retrained:
          score.retrained === undefined
            ? null
            : readInterval(score.retrained, `${at}.retrained`, readCorrelation),
      }
    }),
  )
  return {
    date: readText(file, 'date', 'the file'),
    cases: readCount(file.cases, 'cases'),
    tasks,
    scores,
  }
}

const verdicts: readonly LikenessVerdict[] = ['follows the image', 'follows the weights', 'unclear']

const knowledge: readonly Knowledge[] = ['another signal', 'nothing', 'the signal']
const widenings: readonly Widening[] = ['by the pipeline', 'in the mask', 'none']

function readOne<One extends string>(value: unknown, known: readonly One[], at: string): One {
  const found = known.find((one) => one === value)
  if (found === undefined) throw wrong(at, `must be one of ${known.join(', ')}`)
  return found
}

function readInterval(value: unknown, at: string, read = readShare): Interval {
  if (!Array.isArray(value) || value.length !== 3) throw wrong(at, 'must be [mean, low, high]')
  const [mean, low, high] = value.map((one) => read(one, at))
  if (mean === undefined || low === undefined || high === undefined) throw wrong(at, 'is too short')
  if (low > mean || mean > high) throw wrong(at, 'must have its mean between its bounds')
  return { mean, low, high }
}

function readShare(value: unknown, at: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw wrong(at, `must be a number from 0 to 1, not ${JSON.stringify(value)}`)
}

function readCorrelation(value: unknown, at: string): number {
  if (typeof value === 'number' && value >= -1 && value <= 1) return value
  throw wrong(at, `must be a number from -1 to 1, not ${JSON.stringify(value)}`)
}

function readCount(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw wrong(at, `must be a whole number above 0, not ${JSON.stringify(value)}`)
}

function readText(json: Json, key: string, at: string): string {
  const text = asText(json[key])
  if (text === null) throw wrong(`${at}.${key}`, 'must be a text')
  return text
}

function wrong(place: string, what: string): Failure {
  return new Failure('bad-file', `cases/truth.json cannot be used: ${place} ${what}.`)
}
