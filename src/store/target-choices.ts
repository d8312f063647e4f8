/** @file What can be explained, in words and in the target grammar. */

import type { PredictionReading } from './read-prediction.ts'

export interface TargetChoice {
  readonly spec: string
  readonly label: string
}

export interface TargetGroup {
  readonly label: string | null
  readonly choices: readonly TargetChoice[]
}

/** Differences are offered for up to this many classes. */
const mostClassesForDifferences = 6

export function targetGroups(
  reading: PredictionReading,
  hasTruth: boolean,
): readonly TargetGroup[] {
  switch (reading.kind) {
    case 'classes': {
      const { classes, top } = reading
      const name = classes[top]?.name ?? ''
      if (classes.length === 1) return [{ label: null, choices: [{ spec: '0', label: name }] }]
      return [
        { label: null, choices: [{ spec: 'argmax', label: `predicted class (${name})` }] },
        {
          label: 'One class',
          choices: classes.map((one) => ({ spec: String(one.index), label: one.name })),
        },
        {
          label: 'Difference of two classes',
          choices:
            classes.length > mostClassesForDifferences
              ? []
              : classes.flatMap((a) =>
                  classes
                    .filter((b) => b.index !== a.index)
                    .map((b) => ({
                      spec: `${a.index}-${b.index}`,
                      label: `${a.name} minus ${b.name}`,
                    })),
                ),
        },
      ].filter(({ choices }) => choices.length > 0)
    }
    case 'regression':
      return [
        {
          label: null,
          choices:
            reading.values.length === 1
              ? [{ spec: 'argmax', label: 'the predicted value' }]
              : reading.values.map(({ name }, index) => ({
                  spec: String(index),
                  label: name || `value ${index}`,
                })),
        },
      ]
    case 'segmentation': {
      const found = reading.regions.filter(({ positions }) => positions > 0)
      return [
        { label: null, choices: [{ spec: 'argmax', label: 'largest predicted region' }] },
        {
          label: 'Over the predicted region',
          choices: found.map(({ index, name }) => ({ spec: `${index}@predicted`, label: name })),
        },
        {
          label: 'Inside the truth mask',
          choices: hasTruth
            ? reading.regions.map(({ index, name }) => ({
                spec: `${index}@mask`,
                label: `${name} in truth`,
              }))
            : [],
        },
        {
          label: 'Everywhere',
          choices: reading.regions.map(({ index, name }) => ({
            spec: String(index),
            label: `${name}, everywhere`,
          })),
        },
      ].filter(({ choices }) => choices.length > 0)
    }
  }
}

/** The words for a target; the spec itself where it is none of the choices. */
export function labelOfTarget(spec: string, groups: readonly TargetGroup[]): string {
  const choice = groups.flatMap(({ choices }) => choices).find((one) => one.spec === spec)
  return choice?.label ?? spec
}
