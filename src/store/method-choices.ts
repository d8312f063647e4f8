/** @file The methods in groups, with what the loaded model cannot give. */

import type { AnyMethod } from '../core/attribution/method.ts'
import { attributionMethods } from '../core/attribution/methods.ts'
import type { ModelDescription } from '../core/attribution/model-description.ts'
import type { ModelSummary, Obstacle } from '../core/onnx/inspect.ts'
import { asSentence } from './describe-error.ts'

export interface MethodChoice {
  readonly value: string
  readonly label: string
  /** The method in a line, or in a few words why it cannot be used. */
  readonly note: string
  /** The whole sentence about what stands in the way; null where nothing does. */
  readonly obstacle: string | null
  readonly disabled: boolean
}

export interface MethodGroup {
  readonly label: string
  readonly choices: readonly MethodChoice[]
}

const families: readonly {
  readonly label: string
  readonly holds: (method: AnyMethod) => boolean
}[] = [
  {
    label: 'Back-propagation: gradients',
    holds: ({ family, subfamily }) => family === 'backpropagation' && subfamily === undefined,
  },
  {
    label: 'Back-propagation: relevance',
    holds: ({ subfamily }) => subfamily === 'relevance',
  },
  { label: 'Class activation maps', holds: ({ family }) => family === 'cam' },
  { label: 'Attention', holds: ({ family }) => family === 'attention' },
  {
    label: 'Perturbation: works with any operator',
    holds: ({ family }) => family === 'perturbation',
  },
]

/** In the order of the menu; the keys 1 to 9 follow it. */
export function methodChoices(
  summary: ModelSummary | null,
  description: ModelDescription | null,
): readonly MethodGroup[] {
  return families
    .map(({ label, holds }) => ({
      label,
      choices: attributionMethods
        .filter(holds)
        .map((method) => choiceOf(method, summary, description)),
    }))
    .filter(({ choices }) => choices.length > 0)
}

/** The order of the shortcut keys 1 to 9. */
export function methodOrder(): readonly string[] {
  return methodChoices(null, null).flatMap(({ choices }) => choices.map(({ value }) => value))
}

function choiceOf(
  { id, label, summary: line }: AnyMethod,
  summary: ModelSummary | null,
  description: ModelDescription | null,
): MethodChoice {
  const support = summary?.methods.find((one) => one.id === id)
  if (support && !support.supported) {
    const { obstacle } = support
    return {
      value: id,
      label,
      note: noteOf(obstacle),
      obstacle: obstacle?.message ?? 'No gradient reaches the input of this model.',
      disabled: true,
    }
  }
  const reason = description?.obstacles[id]
  if (reason === undefined) {
    return { value: id, label, note: line, obstacle: null, disabled: false }
  }
  const obstacle = asSentence(reason)
  return { value: id, label, note: obstacle, obstacle, disabled: true }
}

function noteOf(obstacle: Obstacle | null): string {
  if (obstacle?.reason === 'no-attention') return 'Needs a model with softmax attention'
  if (obstacle?.reason === 'quantised') return 'Needs the float model, not a quantised one'
  return obstacle?.op ? `Needs a gradient of ${obstacle.op}` : 'Needs a gradient'
}
