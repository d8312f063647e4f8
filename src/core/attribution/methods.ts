/** @file Every attribution method, in alphabetical order. A new one is one file here and one line below. */

import { Failure } from '../failure.ts'
import { nameThe } from '../near-names.ts'
import { ablationCam } from './ablation-cam.ts'
import { attentionRelevance } from './attention-relevance.ts'
import { attentionRollout } from './attention-rollout.ts'
import { cam } from './cam.ts'
import { deconvnet } from './deconvnet.ts'
import { deepTaylor } from './deep-taylor.ts'
import { deeplift } from './deeplift.ts'
import { deepliftShap } from './deeplift-shap.ts'
import { eigenCam } from './eigen-cam.ts'
import { eigenGradCam } from './eigen-grad-cam.ts'
import { excitationBackprop } from './excitation-backprop.ts'
import { expectedGradients } from './expected-gradients.ts'
import { fullGrad } from './full-grad.ts'
import { gradCam } from './grad-cam.ts'
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts'
import { gradient } from './gradient.ts'
import { guidedBackprop } from './guided-backprop.ts'
import { guidedGradCam } from './guided-grad-cam.ts'
import { hiresCam } from './hires-cam.ts'
import { inputXGradient } from './input-x-gradient.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { layerCam } from './layer-cam.ts'
import { lrp } from './lrp.ts'
import type { AnyMethod } from './method.ts'
import { occlusion } from './occlusion.ts'
import { saliency } from './saliency.ts'
import { scoreCam } from './score-cam.ts'
import { createSmoothgrad } from './smoothgrad.ts'
import { xGradCam } from './x-grad-cam.ts'

/** All but SmoothGrad, which averages those of back-propagation. */
const otherMethods: readonly AnyMethod[] = [
  ablationCam,
  attentionRelevance,
  attentionRollout,
  cam,
  deconvnet,
  deepTaylor,
  deeplift,
  deepliftShap,
  eigenCam,
  eigenGradCam,
  excitationBackprop,
  expectedGradients,
  fullGrad,
  gradCam,
  gradCamPlusPlus,
  gradient,
  guidedBackprop,
  guidedGradCam,
  hiresCam,
  inputXGradient,
  integratedGradients,
  layerCam,
  lrp,
  occlusion,
  saliency,
  scoreCam,
  xGradCam,
]

export const attributionMethods: readonly AnyMethod[] = [
  ...otherMethods,
  createSmoothgrad(otherMethods),
].sort((a, b) => (a.id < b.id ? -1 : 1))

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
