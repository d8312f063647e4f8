/** @file The remarks of the discussion, in its order. */

import { figure } from './markdown-table.ts'
import { compareOrdering, correlationInWords } from './ordering.ts'
import { consistency } from './remark-consistency.ts'
import { missingRelevance } from './remark-gaps.ts'
import type { TaskSummary } from './summary.ts'

/** The numbers that remarks are made of. */
export interface Numbers {
  /** Mean neuro mass; NaN where it was not measured, so that no comparison holds. */
  mass(task: string, method: string): number
  /** The same as in the tables. */
  say(task: string, method: string): string
  summary(task: string): TaskSummary | undefined
}

export interface Remark {
  holds(numbers: Numbers): boolean
  text(numbers: Numbers): string
}

const anatomy = ['hippocampus', 'putamen'] as const
const gradients = ['gradient', 'smoothgrad'] as const
const slices = ['nodule/resnet', 'nodule/densenet', 'nodule/vit'] as const

const chance = (n: Numbers, task: string) => n.summary(task)?.methods[0]?.chanceNeuro ?? Number.NaN
const spearman = (n: Numbers, task: string) => {
  const summary = n.summary(task)
  return (summary && compareOrdering(summary)?.correlation) ?? Number.NaN
}
const agreement = (n: Numbers, task: string) => {
  const summary = n.summary(task)
  const ordering = summary && compareOrdering(summary)
  return ordering ? correlationInWords(ordering) : ''
}
const both = (n: Numbers, method: string) =>
  anatomy.map((task) => n.say(task, method)).join(' and ')

/** A map that shows less than all of the truth can be purer than the causal map. */
const sharper = (n: Numbers) => {
  const own = n.mass('lesions-flair', 'guided-grad-cam')
  const exact = n.summary('lesions-flair')?.references.difference.neuro ?? Number.NaN
  return own > exact
    ? `A map that shows a part of the truth only can beat it: on the FLAIR lesions guided Grad-CAM has ${figure(own)} and the causal map ${figure(exact)}. `
    : ''
}

/** How much of what a map can have there the ResNet's has. */
const nearCeiling = (n: Numbers) => {
  const best = n.summary('nodule/resnet')?.references.difference.neuro ?? Number.NaN
  const share = n.mass('nodule/resnet', 'grad-cam') / best
  return Number.isFinite(share)
    ? ` The best possible is ${figure(best)} on these slices: the ResNet's has ${(100 * share).toFixed(0)} % of that.`
    : ''
}

/** Where slopes lie where lesions might be, not where they are. */
const imageHelps = (n: Numbers) => {
  const [slope, product] = [
    n.mass('lesions-flair', 'gradient'),
    n.mass('lesions-flair', 'input-x-gradient'),
  ]
  return slope < 0.7 * product
    ? ` The gradient asks what would change the score, and any place where a lesion could be does: multiplied by the image it has ${figure(product)}.`
    : ''
}

export const remarks: readonly Remark[] = [
  {
    holds: (n) =>
      anatomy.every(
        (task) =>
          spearman(n, task) > 0.6 &&
          n.mass(task, 'smoothgrad') > n.mass(task, 'input-x-gradient') &&
          n.mass(task, 'grad-cam') < chance(n, task),
      ),
    text: (n) =>
      `**Where the published order comes back.** On the two tasks of the study's kind (a region is darker) the order of the nine common methods agrees with the published one: Spearman ${anatomy.map((task) => agreement(n, task)).join(' and ')}. Nine methods are few: what is likely is that the orders have something in common, not how much, and the two tasks are two networks of one design. SmoothGrad is ahead of input x gradient there as here, and Grad-CAM is behind chance. The level is not comparable: our networks are small, the change of 15 to 25 % is strong, and every held-out subject has it.`,
  },
  {
    holds: (n) =>
      anatomy.every((task) => {
        const [cam, hires] = [n.mass(task, 'grad-cam'), n.mass(task, 'hires-cam')]
        return cam < chance(n, task) && hires > 3 * chance(n, task)
      }),
    text: (n) =>
      `**Why Grad-CAM misses it.** Grad-CAM has ${both(n, 'grad-cam')} of its mass in the region (hippocampus and putamen), less than a map without knowledge. These networks end in a dense layer over the flattened last stage, so a channel counts differently from place to place, and Grad-CAM averages exactly that away. HiResCAM, which multiplies place by place at the same layer, has ${both(n, 'hires-cam')}: the layer's coarse cells of 16 mm are not the whole reason. They are a part of it, for no map at that layer comes near the gradient (${both(n, 'gradient')}).`,
  },
  {
    holds: (n) =>
      ['lrp:epsilon-plus', 'lrp:alpha2-beta1', 'guided-backprop'].every(
        (method) => n.mass('hippocampus', method) > 3 * n.mass('putamen', method),
      ),
    text: (n) =>
      `**Rules that favour positive contributions cannot be relied on.** LRP epsilon-plus has ${both(n, 'lrp:epsilon-plus')}, alpha2-beta1 ${both(n, 'lrp:alpha2-beta1')}, guided back-propagation ${both(n, 'guided-backprop')} (hippocampus and putamen): the same network design, the same kind of signal, and anything from good to chance. Plain gradients have ${gradients.map((method) => both(n, method)).join(', and with SmoothGrad ')}. Why the second network loses them was not looked into, and two networks are no more than two examples. The study reports extensive wrong relevance for LRP; one of our two tasks agrees.`,
  },
  {
    holds: (n) =>
      slices
        .slice(0, 2)
        .every(
          (task) =>
            n.mass(task, 'lrp:alpha2-beta1') > n.mass(task, 'gradient') &&
            n.mass(task, 'gradient') > n.mass(task, 'smoothgrad'),
        ),
    text: (n) =>
      `**Where the signal is bright the order turns.** A nodule is a bright spot in dark lung, and there alpha2-beta1 (${slices.map((task) => n.say(task, 'lrp:alpha2-beta1')).join(', ')} for ResNet, DenseNet and the transformer) is ahead of the gradient (${slices.map((task) => n.say(task, 'gradient')).join(', ')}) on both convolutional networks, and SmoothGrad (${slices.map((task) => n.say(task, 'smoothgrad')).join(', ')}) falls behind it, perhaps because its noise is a share of the range of the whole slice, which is large beside a nodule. The nodules differ from the anatomy tasks in much more than the sign: two dimensions in place of three, other networks, inputs from 0 to 1 in place of z-scores. An order of methods was found for a task and a network; which of these turned it cannot be told from here.`,
  },
  {
    holds: (n) =>
      n.mass('nodule/resnet', 'grad-cam') > 2 * n.mass('nodule/densenet', 'grad-cam') &&
      ['nodule/resnet', 'nodule/densenet'].every(
        (task) => Math.abs(n.mass(task, 'grad-cam') - n.mass(task, 'hires-cam')) < 1e-4,
      ) &&
      n.mass('nodule/vit', 'grad-cam') > 0,
    text: (n) =>
      `**Grad-CAM depends on the architecture.** On the same slices and the same nodules it has ${n.say('nodule/resnet', 'grad-cam')} with the ResNet, ${n.say('nodule/densenet', 'grad-cam')} with the DenseNet and ${n.say('nodule/vit', 'grad-cam')} with the vision transformer, while all three tell nodules apart and DeepLIFT stays at ${slices.map((task) => n.say(task, 'deeplift')).join(', ')}. ResNet and DenseNet both average the channels of their last stage before one dense layer, so that Grad-CAM, HiResCAM, XGrad-CAM and CAM are one and the same map on them, by their definitions; with the transformer they are not.${nearCeiling(n)}`,
  },
  {
    holds: (n) =>
      spearman(n, 'lesions-flair') < 0.3 &&
      n.mass('lesions-flair', 'guided-grad-cam') > 2 * n.mass('lesions-flair', 'smoothgrad'),
    text: (n) =>
      `**Lesions: the published order does not come back.** Spearman is ${agreement(n, 'lesions-flair')} on the FLAIR lesions. Guided Grad-CAM has ${n.say('lesions-flair', 'guided-grad-cam')}, SmoothGrad ${n.say('lesions-flair', 'smoothgrad')} and the gradient ${n.say('lesions-flair', 'gradient')}; in the study SmoothGrad is first. Our network is fully convolutional and pools a map of 4 mm cells by log-sum-exp: Grad-CAM reads that map almost directly (${n.say('lesions-flair', 'grad-cam')}, against ${both(n, 'grad-cam')} on the two anatomy tasks), while a ResNet-50 has no such layer: that is a reason we see, not one that we tested.${imageHelps(n)}`,
  },
  {
    holds: (n) =>
      n.mass('shortcut/main', 'deeplift') > 50 * chance(n, 'shortcut/main') &&
      n.mass('shortcut/main', 'gradient') < n.mass('shortcut/main', 'input-x-gradient') &&
      n.mass('shortcut/main', 'grad-cam') < 0.05 &&
      n.mass('shortcut/clean', 'deeplift') < 0.05,
    text: (n) =>
      `**Which methods reveal the shortcut.** With the network that learned the marker beside the head, DeepLIFT has ${n.say('shortcut/main', 'deeplift')} of its mass in the marker, FullGrad ${n.say('shortcut/main', 'full-grad')}, input x gradient ${n.say('shortcut/main', 'input-x-gradient')} and the gradient ${n.say('shortcut/main', 'gradient')}; with the network that never saw one they have ${n.say('shortcut/clean', 'deeplift')}, ${n.say('shortcut/clean', 'full-grad')}, ${n.say('shortcut/clean', 'input-x-gradient')} and ${n.say('shortcut/clean', 'gradient')}. The marker is bright: the image alone has ${figure(n.summary('shortcut/main')?.references.image.neuro ?? Number.NaN)} in it, so the second network is the comparison that counts. Grad-CAM (${n.say('shortcut/main', 'grad-cam')}) does not show it. What is counted as brain here are all voxels above 0, which is head and capsule: the air around the capsule, where a coarse map spills, is outside the measure.`,
  },
  {
    holds: (n) => {
      const followers = anatomy.map((task) =>
        n.summary(task)?.methods.find(({ id }) => id === 'excitation-backprop'),
      )
      return (
        followers.every((method) => method?.verdict === 'follows the image') &&
        n.mass('control-random', 'excitation-backprop') < chance(n, 'control-random')
      )
    },
    text: (n) =>
      `**A clean control proves little by itself.** Excitation back-propagation stays alike when the weights are permuted, and yet has ${n.say('control-random', 'excitation-backprop')} in the truth of the network trained on random labels, where chance is ${figure(chance(n, 'control-random'))}: what it prefers in the image lies elsewhere. Where that happens to be the truth, it will look right. The two checks belong together.`,
  },
  {
    holds: (n) => {
      const best = n.summary('nodule/resnet')?.references.difference.neuro ?? Number.NaN
      return best < 0.8
    },
    text: (n) =>
      `**The pipeline has a ceiling.** It keeps the brightest 1 % of the voxels after smoothing; where the truth is smaller than that, part of what is kept must lie outside. On the nodules, ${((n.summary('nodule/resnet')?.methods[0]?.chance ?? 0) * 100).toFixed(1)} % of a slice, the exact causal map itself has ${(n.summary('nodule/resnet')?.references.difference.neuro ?? 0).toFixed(2)}. ${sharper(n)}Rank accuracy and average precision in the tables below have no such limit.`,
  },
  missingRelevance,
  consistency,
]
