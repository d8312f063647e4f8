/** @file The tasks of the gallery: case, settings of its cohort, and the models shipped with it. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../../src/core/failure.ts'
import { type ModelCard, parseModelCardText } from '../../src/core/volume/model-card.ts'
import { type CohortConfig, parseCohortConfig } from '../cohort/config.ts'

export interface TaskModel {
  /** "main", "seed-2", "vit". */
  readonly variant: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly card: ModelCard
}

/**
 * What the network learned: the signal; nothing (untrained, or trained on coins), so that no map of
 * it should be above chance; or something else, as the network that never saw the shortcut's mark.
 */
export type Knowledge = 'another signal' | 'nothing' | 'the signal'

export interface TruthTask {
  /** Of the case; "nodule/vit" where a case lists its models by name. */
  readonly id: string
  /** Of the case alone. */
  readonly caseId: string
  readonly title: string
  readonly config: CohortConfig
  readonly knows: Knowledge
  /** Its weights are those of initialisation. */
  readonly isUntrained: boolean
  readonly targetClass: number
  readonly model: TaskModel
  /** The same network trained again with other seeds. */
  readonly retrained: readonly TaskModel[]
}

/** Of the file of its network: as long as it stays the same, so do the rows. */
export function digestOf({ bytes }: TaskModel): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Two-dimensional: forward runs cost next to nothing. */
export function isSlice({ config }: TruthTask): boolean {
  return config.signal.kind === 'nodule'
}

/** How the truth reaches beyond its region: as the study grows atlas regions, or before, or not. */
export type Widening = 'by the pipeline' | 'in the mask' | 'none'

export function wideningOf({ config }: TruthTask): Widening {
  const { kind } = config.signal
  if (kind === 'volume') return 'in the mask'
  return kind === 'pair' || kind === 'random-label' || kind === 'region'
    ? 'by the pipeline'
    : 'none'
}

interface CaseJson {
  readonly title: string
  readonly model: string
  readonly card: string
  readonly targetClass: number
  readonly models?: readonly {
    readonly variant: string
    readonly title?: string
    readonly model: string
    readonly card: string
  }[]
}

interface ConfigJson {
  readonly id: string
  readonly training?: { readonly steps?: number }
  readonly case?: { readonly also?: readonly { readonly id: string }[] }
}

/**
 * One task per case of `public/cases/index.json` whose cohort is known: its own settings, or those
 * of the case that it accompanies. `skipped`: why a case is left out, by its id.
 */
export function readTasks(root: string): {
  readonly tasks: readonly TruthTask[]
  readonly skipped: Readonly<Record<string, string>>
} {
  const cases = join(root, 'public/cases')
  const index = readJson<{ readonly cases: readonly { id: string; case: string }[] }>(
    join(cases, 'index.json'),
  )
  const configs = readConfigs(join(root, 'training/configs'))
  const skipped: Record<string, string> = {}
  const tasks = index.cases.flatMap(({ id, case: path }) => {
    const config =
      configs.get(id) ?? 'no settings in training/configs say how its subjects are made'
    if (typeof config === 'string') {
      skipped[id] = config
      return []
    }
    return tasksOfCase(id, join(cases, path), config)
  })
  return { tasks, skipped }
}

interface KnownConfig {
  readonly cohort: CohortConfig
  /** Trained for no step at all. */
  readonly isUntrained: boolean
}

/** By the ids of their cases; in place of settings that cannot be used, why. */
function readConfigs(folder: string): ReadonlyMap<string, KnownConfig | string> {
  const configs = new Map<string, KnownConfig | string>()
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const path = join(folder, name)
    const json = readJson<ConfigJson>(path)
    const known = readConfig(path, json)
    configs.set(json.id, known)
    for (const { id } of json.case?.also ?? []) if (!configs.has(id)) configs.set(id, known)
  }
  return configs
}

function readConfig(path: string, { training }: ConfigJson): KnownConfig | string {
  try {
    const cohort = parseCohortConfig(readFileSync(path, 'utf8'))
    return { cohort, isUntrained: training?.steps === 0 }
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

function tasksOfCase(
  caseId: string,
  path: string,
  { cohort: config, isUntrained }: KnownConfig,
): readonly TruthTask[] {
  const folder = dirname(path)
  const json = readJson<CaseJson>(path)
  const own = { variant: 'main', model: json.model, card: json.card }
  const listed: NonNullable<CaseJson['models']> = json.models ?? [own]
  const models = listed.map(({ variant, model, card }): TaskModel => {
    const file = join(folder, model)
    if (!existsSync(file)) throw new Failure('bad-file', `${caseId}: ${model} is missing.`)
    return {
      variant,
      bytes: new Uint8Array(readFileSync(file)),
      card: parseModelCardText(readFileSync(join(folder, card), 'utf8')),
    }
  })
  const [first, ...others] = models
  if (!first) return []
  const common = {
    caseId,
    config,
    isUntrained,
    knows: knowledgeOf(isUntrained || config.signal.kind === 'random-label'),
    targetClass: json.targetClass,
  }
  const isSeed = ({ variant }: TaskModel) => variant.startsWith('seed-')
  if (!json.models || models.every(isSeed)) {
    return [{ ...common, id: caseId, title: json.title, model: first, retrained: others }]
  }
  return models.map((model, n) => ({
    ...common,
    id: `${caseId}/${model.variant}`,
    title: `${json.title}, ${listed[n]?.title ?? model.variant}`,
    // What accompanies a shortcut is a network that never saw it.
    ...(config.signal.kind === 'marker' && model !== first && { knows: 'another signal' as const }),
    model,
    retrained: [],
  }))
}

function knowledgeOf(isIgnorant: boolean): Knowledge {
  return isIgnorant ? 'nothing' : 'the signal'
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
