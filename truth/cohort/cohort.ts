/** @file The held-out subjects of a task; anatomies are made once and shared by all tasks. */

import { Failure } from '../../src/core/failure.ts'
import { makeChestSlice } from '../chest/chest-slice.ts'
import { type Anatomy, makeAnatomy } from './anatomy.ts'
import { makeBrainSubject } from './brain-subject.ts'
import { type BrainConfig, type CohortConfig, isBrain } from './config.ts'
import { type CrossedSubject, makeCrossedSubject } from './crossed-subject.ts'
import { type Split, streamOf } from './streams.ts'
import type { Subject } from './subject.ts'
import type { Template } from './template.ts'

export interface Cohort {
  anatomy(config: BrainConfig, split: Split, index: number): Anatomy
  subject(config: CohortConfig, split: Split, index: number): Subject
  /** The same subject with each part of its signal alone; none where the signal has no parts. */
  crossed(config: CohortConfig, split: Split, index: number): CrossedSubject
}

/**
 * One anatomy, one subject: subject `index` of every task has anatomy `index`, a warp of template
 * `index` modulo their number. `keep` anatomies at most stay in memory (2.7 MB each).
 */
export function createCohort(readTemplate: (name: string) => Template, keep: number): Cohort {
  const templates = new Map<string, Template>()
  const anatomies = new Map<string, Anatomy>()

  const template = (name: string): Template => {
    const known = templates.get(name) ?? readTemplate(name)
    templates.set(name, known)
    return known
  }
  const anatomy = (config: BrainConfig, split: Split, index: number): Anatomy => {
    const key = JSON.stringify([config.seed, config.templates, config.warp, split, index])
    const known = anatomies.get(key)
    if (known) return known
    const name = config.templates[index % config.templates.length] ?? ''
    const random = streamOf(config.seed, split, 'anatomy', index)
    const made = makeAnatomy(random, template(name), config.warp)
    anatomies.set(key, made)
    const [oldest] = anatomies.keys()
    if (anatomies.size > keep && oldest !== undefined) anatomies.delete(oldest)
    return made
  }
  const headOf = (config: CohortConfig) => {
    if (isBrain(config)) return config
    throw new Failure('bad-file', `The settings of '${config.id}' say nothing about heads.`)
  }
  return {
    anatomy,
    subject(config, split, index) {
      const { signal } = config
      if (signal.kind === 'nodule')
        return makeChestSlice({ seed: config.seed, signal }, split, index)
      const head = headOf(config)
      return makeBrainSubject(anatomy(head, split, index), head, split, index)
    },
    crossed(config, split, index) {
      const head = headOf(config)
      return makeCrossedSubject(anatomy(head, split, index), head, split, index)
    },
  }
}
