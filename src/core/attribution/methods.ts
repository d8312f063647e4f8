/** @file Every attribution method, in alphabetical order. A new one is one file here and one line below. */

import { Failure } from '../failure.ts'
import { nameThe } from '../near-names.ts'
import { ablationCam } from './ablation-cam.ts'
import { cam } from './cam.ts'
import { deconvnet } from './deconvnet.ts'
import { eigenCam } from './eigen-cam.ts'
import { eigenGradCam } from './eigen-grad-cam.ts'
import { expectedGradients } from './expected-gradients.ts'
import { gradCam } from './grad-cam.ts'
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts'
import { gradient } from './gradient.ts'
import { guidedBackprop } from './guided-backprop.ts'
import { guidedGradCam } from './guided-grad-cam.ts'
import { hiresCam } from './hires-cam.ts'
import { inputXGradient } from './input-x-gradient.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { layerCam } from './layer-cam.ts'
import type { AnyMethod } from './method.ts'
import { occlusion } from './occlusion.ts'
import { saliency } from './saliency.ts'
import { scoreCam } from './score-cam.ts'
import { smoothgrad } from './smoothgrad.ts'
import { xGradCam } from './x-grad-cam.ts'

export const attributionMethods: readonly AnyMethod[] = [
  ablationCam,
  cam,
  deconvnet,
  eigenCam,
  eigenGradCam,
  expectedGradients,
  gradCam,
  gradCamPlusPlus,
  gradient,
  guidedBackprop,
  guidedGradCam,
  hiresCam,
  inputXGradient,
  integratedGradients,
  layerCam,
  occlusion,
  saliency,
  scoreCam,
  smoothgrad,
  xGradCam,
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
