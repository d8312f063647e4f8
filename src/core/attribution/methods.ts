/** @file Every attribution method, in alphabetical order. A new one is one file here and one line below. */

import { Failure } from '../failure.ts'
import { nameThe } from '../near-names.ts'
import { gradCam } from './grad-cam.ts'
import { gradient } from './gradient.ts'
import { guidedBackprop } from './guided-backprop.ts'
import { inputXGradient } from './input-x-gradient.ts'
import { integratedGradients } from './integrated-gradients.ts'
import type { AnyMethod } from './method.ts'
import { occlusion } from './occlusion.ts'
import { saliency } from './saliency.ts'
import { smoothgrad } from './smoothgrad.ts'

export const attributionMethods: readonly AnyMethod[] = [
  gradCam,
  gradient,
  guidedBackprop,
  inputXGradient,
  integratedGradients,
  occlusion,
  saliency,
  smoothgrad,
]

/** Throws a Failure('bad-request') that lists what exists, near names first. */
export function findMethod(id: string): AnyMethod {
  const method = attributionMethods.find((candidate) => candidate.id === id)
  if (method) return method
  const ids = attributionMethods.map((candidate) => candidate.id)
  throw new Failure(
    'bad-request',
    `no attribution method '${id}': ${nameThe('methods are', id, ids)}`,
  )
}
