/** @file The tasks of the gallery: case, settings of its cohort, and the models shipped with it. */

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

export interface TruthTask {
  /** Of the case; "nodule/vit" where a case ships several architectures. */
  readonly id: string
  /** Of the case alone. */
  readonly caseId: string
  readonly title: string
  readonly config: CohortConfig
  /** The signal is learned nowhere: every method must score at chance. */
  readonly isControl: boolean
  readonly targetClass: number
  readonly model: TaskModel
  /** The same network trained again with other seeds. */
  readonly retrained: readonly TaskModel[]
}

interface CaseJson {
  readonly title: string
  readonly model: string
  readonly card: string
  readonly targetClass: number
  readonly models?: readonly {
    readonly variant: string
    readonly model: string
    readonly card: string
  }[]
}

interface ConfigJson {
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
    const config = configs.get(id)
    if (!config) {
      skipped[id] = 'no settings in training/configs say how its subjects are made'
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

/** By the ids of their cases. */
function readConfigs(folder: string): ReadonlyMap<string, KnownConfig> {
  const configs = new Map<string, KnownConfig>()
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const path = join(folder, name)
    const cohort = parseCohortConfig(readFileSync(path, 'utf8'))
    const json = readJson<ConfigJson>(path)
    const known = { cohort, isUntrained: json.training?.steps === 0 }
    configs.set(cohort.id, known)
    for (const { id } of json.case?.also ?? []) if (!configs.has(id)) configs.set(id, known)
  }
  return configs
}

function tasksOfCase(
  caseId: string,
  path: string,
  { cohort: config, isUntrained }: KnownConfig,
): readonly TruthTask[] {
  const folder = dirname(path)
  const json = readJson<CaseJson>(path)
  const listed = json.models ?? [{ variant: 'main', model: json.model, card: json.card }]
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
    isControl: isUntrained || config.signal.kind === 'random-label',
    targetClass: json.targetClass,
  }
  const isSeed = ({ variant }: TaskModel) => variant.startsWith('seed-')
  if (models.every(isSeed)) {
    return [{ ...common, id: caseId, title: json.title, model: first, retrained: others }]
  }
  return models.map((model) => ({
    ...common,
    id: models.length === 1 ? caseId : `${caseId}/${model.variant}`,
    title: models.length === 1 ? json.title : `${json.title}, ${model.variant}`,
    model,
    retrained: [],
  }))
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
