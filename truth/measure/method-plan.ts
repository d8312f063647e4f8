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
  /** On volumes no more cases than this: each takes hundreds of forward runs. */
  readonly mostCases?: number
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

/** Cases for methods whose cost is hundreds of forward runs of a volume. */
const slow: Readonly<Record<string, number>> = { occlusion: 10 }

/** One entry per method, and one more per variation, in alphabetical order. */
export const methodPlan: readonly PlannedMethod[] = attributionMethods.flatMap((method) => {
  const most = slow[method.id]
  const rest = most === undefined ? {} : { mostCases: most }
  const plain = { id: method.id, label: method.label, method, options: {}, why: '', ...rest }
  const others = (variations[method.id] ?? []).map(({ name, options, why }) => ({
    ...plain,
    id: `${method.id}:${name}`,
    label: `${method.label} ${name}`,
    options,
    why,
  }))
  return [plain, ...others]
})

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
