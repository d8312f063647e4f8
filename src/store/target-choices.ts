/** @file What can be explained, in words and in the target grammar. */

import { crosshairClass } from './crosshair-target.ts'
import type { OutputReading } from './data-state.ts'
import type { PredictionReading } from './read-prediction.ts'

export interface TargetChoice {
  readonly spec: string
  readonly label: string
  /** What explaining it means, in a sentence or two. */
  readonly about: string
}

export interface TargetGroup {
  readonly label: string | null
  readonly choices: readonly TargetChoice[]
}

export interface TargetContext {
  readonly reading: PredictionReading
  readonly others: readonly OutputReading[]
  readonly hasTruth: boolean
  /** The value that the first output's probabilities are made from; null where they are scores. */
  readonly logits: string | null
}

/** Differences are offered for up to this many classes. */
const mostClassesForDifferences = 6

const words = {
  argmax:
    'The class with the highest score, whichever it is: the target follows the prediction when the input changes.',
  score:
    'The number that the network adds up for this class before anything is turned into probabilities. What speaks for the class raises it, whatever happens to the others.',
  softmax:
    'The softmax of the scores: it also falls when another class rises. Near 0 or 1 it hardly changes, so its gradients vanish; then the class score says more.',
  sigmoid:
    'The sigmoid of the score. Near 0 or 1 it hardly changes, so its gradients vanish; then the score says more.',
  given:
    'The output of this model is a probability already. Near 0 or 1 it hardly changes, so its gradients vanish; then the score behind it says more.',
  behind:
    'The value that the model turns into probabilities. Its gradients do not vanish where the model is sure.',
  difference:
    'What speaks for the first class rather than for the second: evidence that both share cancels.',
  regression: 'The number that the model predicts.',
  largest:
    'The class, other than the background, that wins most voxels, over the voxels where it wins.',
  predicted: 'The scores of this class, added up over the voxels where it wins.',
  mask: 'The scores of this class, added up inside the truth mask: also where the model misses it.',
  crosshair:
    'The score of this class at the one voxel of the output that lies under the crosshair when the run starts.',
  everywhere: 'The scores of this class, added up over all voxels.',
  region: 'The probabilities of this class, added up over the voxels where it wins.',
  other: 'Another output of the same model.',
} as const

export function targetGroups(context: TargetContext): readonly TargetGroup[] {
  const { others } = context
  return [
    ...groupsOf(context),
    ...others.map(({ name, reading }) => ({
      label: `Output ${name}`,
      choices: otherChoices(name, reading),
    })),
  ].filter(({ choices }) => choices.length > 0)
}

function groupsOf({ reading, hasTruth, logits }: TargetContext): readonly TargetGroup[] {
  switch (reading.kind) {
    case 'classes':
      return classGroups(reading, logits)
    case 'regression': {
      const about = words.regression
      const single = { spec: 'argmax', label: 'the predicted value', about }
      const several = reading.values.map(({ name }, index) => ({
        spec: String(index),
        label: name || `value ${index}`,
        about,
      }))
      return [{ label: null, choices: reading.values.length === 1 ? [single] : several }]
    }
    case 'segmentation': {
      const { regions } = reading
      const found = regions.filter(({ positions }) => positions > 0)
      return [
        {
          label: null,
          choices: [{ spec: 'argmax', label: 'largest predicted region', about: words.largest }],
        },
        {
          label: 'Over the predicted region',
          choices: found.map(({ index, name }) => ({
            spec: `${index}@predicted`,
            label: name,
            about: words.predicted,
          })),
        },
        {
          label: 'At the crosshair',
          choices: regions.map(({ index, name }) => ({
            spec: `${index}@crosshair`,
            label: `${name} at the crosshair`,
            about: words.crosshair,
          })),
        },
        {
          label: 'Inside the truth mask',
          choices: (hasTruth ? regions : []).map(({ index, name }) => ({
            spec: `${index}@mask`,
            label: `${name} in truth`,
            about: words.mask,
          })),
        },
        {
          label: 'Everywhere',
          choices: regions.map(({ index, name }) => ({
            spec: String(index),
            label: `${name}, everywhere`,
            about: words.everywhere,
          })),
        },
        {
          label: 'Probability over the predicted region',
          choices: (logits === null ? found : []).map(({ index, name }) => ({
            spec: `probability(${index})@predicted`,
            label: `probability of ${name}`,
            about: words.region,
          })),
        },
        {
          label: 'Score behind the probability',
          choices: (logits === null ? [] : found).map(({ index, name }) => ({
            spec: `${logits}:${index}@predicted`,
            label: `${name}, score`,
            about: words.behind,
          })),
        },
      ]
    }
  }
}

function classGroups(
  { classes, top }: PredictionReading & { readonly kind: 'classes' },
  logits: string | null,
): readonly TargetGroup[] {
  const isSingle = classes.length === 1
  const ofEach = (
    spec: (index: number) => string,
    about: string,
    label: (name: string) => string,
  ) => classes.map(({ index, name }) => ({ spec: spec(index), label: label(name), about }))
  const probable = (name: string) => `probability of ${name}`
  const differences =
    classes.length > mostClassesForDifferences
      ? []
      : classes.flatMap((a) =>
          classes
            .filter((b) => b.index !== a.index)
            .map((b) => ({
              spec: `${a.index}-${b.index}`,
              label: `${a.name} minus ${b.name}`,
              about: words.difference,
            })),
        )
  const predicted = {
    spec: 'argmax',
    label: `predicted class (${classes[top]?.name ?? ''})`,
    about: words.argmax,
  }
  return [
    { label: null, choices: isSingle ? [] : [predicted] },
    ...(logits === null
      ? [
          { label: 'Class score (logit)', choices: ofEach(String, words.score, (name) => name) },
          {
            label: 'Class probability',
            choices: ofEach(
              (index) => `probability(${index})`,
              isSingle ? words.sigmoid : words.softmax,
              probable,
            ),
          },
        ]
      : [
          {
            label: 'Class probability, as the model gives it',
            choices: ofEach(String, words.given, (name) => name),
          },
          {
            label: 'Class score behind the probability (logit)',
            choices: ofEach(
              (index) => `${logits}:${index}`,
              words.behind,
              (name) => `${name}, score`,
            ),
          },
        ]),
    { label: 'Difference of two classes', choices: differences },
  ]
}

function otherChoices(name: string, reading: PredictionReading): readonly TargetChoice[] {
  const about = words.other
  switch (reading.kind) {
    case 'classes':
      return reading.classes.map((one) => ({
        spec: `${name}:${one.index}`,
        label: `${name}, ${one.name}`,
        about,
      }))
    case 'regression':
      return reading.values.map((_, index) => ({
        spec: `${name}:${index}`,
        label: reading.values.length === 1 ? name : `${name}, value ${index}`,
        about,
      }))
    case 'segmentation':
      return reading.regions
        .filter(({ positions }) => positions > 0)
        .map((region) => ({
          spec: `${name}:${region.index}@predicted`,
          label: `${name}, ${region.name}`,
          about,
        }))
  }
}

/** The words for a target; the spec itself where it is none of the choices. */
export function labelOfTarget(spec: string, groups: readonly TargetGroup[]): string {
  const choice = groups.flatMap(({ choices }) => choices).find((one) => one.spec === spec)
  return choice?.label ?? spec
}

/** Whether a target of the first output is about one class of it; the predicted one counts as `top`. */
export function isAboutClass(spec: string, index: number, top: number): boolean {
  if (spec === 'argmax') return index === top
  const match = /^(?:(\d+)|probability\((\d+)\))(?:@(?:predicted|mask))?$/.exec(spec)
  const found = match ? Number(match[1] ?? match[2]) : crosshairClass(spec)
  return found === index
}
