/** @file Which methods are measured, and how: the defaults of the product unless a reason is given. */

import type { AnyMethod } from '../../src/core/attribution/method.ts'
import { attributionMethods } from '../../src/core/attribution/methods.ts'
import { Failure } from '../../src/core/failure.ts'
import type { AnyOptionValues } from '../../src/core/options.ts'

export interface PlannedMethod {
  /** The method's id, and what sets it apart: "lrp:epsilon-plus". */
  readonly id: string
  readonly label: string
  readonly method: AnyMethod
  readonly options: AnyOptionValues
  /** Why the options are not the defaults; '' where they are. */
  readonly why: string
  /** What is cheaper than the defaults on volumes; slices take the defaults. */
  readonly onVolumes?: Saving
}

interface Saving {
  readonly options: AnyOptionValues
  readonly why: string
}

type Variation = Pick<PlannedMethod, 'options' | 'why'> & { readonly name: string }

/** Beside the defaults, or in their place where the name is ''. */
const variations: Readonly<Record<string, readonly Variation[]>> = {
  lrp: [
    {
      name: 'alpha2-beta1',
      options: { composite: 'epsilon-alpha2-beta1' },
      why: 'a composite of the published study',
    },
    {
      name: 'epsilon-plus',
      options: { composite: 'epsilon-plus' },
      why: 'a composite of the published study',
    },
  ],
}

/** What makes fifty cases of every task affordable on two processor cores. */
const savings: Readonly<Record<string, Saving>> = {
  'expected-gradients': {
    options: { samples: 8 },
    why: 'each sample costs a gradient; the default is 50',
  },
  'integrated-gradients': {
    options: { steps: 8 },
    why: 'Gauss-Legendre needs few steps, as the gap shows; the default is 50',
  },
  occlusion: {
    options: { stride: [16] },
    why: 'windows of the default size side by side; the default stride of 8 takes six times as many runs, and its maps are finer; windows of nothing but air are not run at all',
  },
  smoothgrad: {
    options: { samples: 20 },
    why: 'as many noisy copies as in the published study; the default is 25',
  },
}

/** One entry per method, and one more per variation, in alphabetical order. */
export const methodPlan: readonly PlannedMethod[] = attributionMethods.flatMap((method) => {
  const { id, label } = method
  const onVolumes = savings[id]
  const plain = { id, label, method, options: {}, why: '', ...(onVolumes && { onVolumes }) }
  const others = (variations[id] ?? []).map(({ name, options, why }) => ({
    ...plain,
    id: `${id}:${name}`,
    label: `${label} ${name}`,
    options,
    why,
  }))
  return [plain, ...others]
})

/** Of a volume or of a slice. */
export function optionsFor(
  { options, onVolumes }: PlannedMethod,
  isSlice: boolean,
): AnyOptionValues {
  return isSlice ? options : { ...options, ...onVolumes?.options }
}

/** An id chooses its variations too. @throws Failure for one that is not there */
export function choosePlanned(ids: readonly string[]): readonly PlannedMethod[] {
  if (ids.length === 0) return methodPlan
  const isChosen = (id: string, wanted: string) => id === wanted || id.startsWith(`${wanted}:`)
  const unknown = ids.find((wanted) => !methodPlan.some(({ id }) => isChosen(id, wanted)))
  if (unknown !== undefined) {
    const known = methodPlan.map(({ id }) => id).join(', ')
    throw new Failure('bad-request', `There is no method '${unknown}'; methods are ${known}.`)
  }
  return methodPlan.filter(({ id }) => ids.some((wanted) => isChosen(id, wanted)))
}
