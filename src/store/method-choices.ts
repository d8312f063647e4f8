/** @file The methods in groups, with what the loaded model cannot give. */

import type { AnyMethod, MethodFamily } from '../core/attribution/method.ts'
import { attributionMethods } from '../core/attribution/methods.ts'
import type { ModelSummary } from '../core/onnx/inspect.ts'

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

const families: readonly (readonly [MethodFamily, string])[] = [
  ['backpropagation', 'Back-propagation'],
  ['cam', 'Class activation maps'],
  ['attention', 'Attention'],
  ['perturbation', 'Perturbation: works with any operator'],
]

/** In the order of the menu; the keys 1 to 9 follow it. */
export function methodChoices(summary: ModelSummary | null): readonly MethodGroup[] {
  return families
    .map(([family, label]) => ({
      label,
      choices: attributionMethods
        .filter((method) => method.family === family)
        .map((method) => choiceOf(method, summary)),
    }))
    .filter(({ choices }) => choices.length > 0)
}

/** The order of the shortcut keys 1 to 9. */
export function methodOrder(): readonly string[] {
  return methodChoices(null).flatMap(({ choices }) => choices.map(({ value }) => value))
}

function choiceOf(method: AnyMethod, summary: ModelSummary | null): MethodChoice {
  const { id, label } = method
  const support = summary?.methods.find((one) => one.id === id)
  if (!support || support.supported) {
    return { value: id, label, note: method.summary, obstacle: null, disabled: false }
  }
  const { obstacle } = support
  return {
    value: id,
    label,
    note: obstacle?.op ? `needs a gradient of ${obstacle.op}` : 'needs a gradient',
    obstacle: obstacle?.message ?? 'No gradient reaches the input of this model.',
    disabled: true,
  }
}
