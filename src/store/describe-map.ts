/** @file The map in words: for captions, for records, and for those who do not see the picture. */

import { findMethod } from '../core/attribution/methods.ts'
import type { AnyOptionValues, OptionSpec } from '../core/options.ts'
import { peakOf, type ShownRun, thresholdOf } from './active-run.ts'
import { formatDims, formatMm, formatNumber, formatPercent } from './format.ts'
import { targetName } from './neutral-names.ts'
import { toMm } from './read-point.ts'
import type { Run } from './run-state.ts'
import type { Convention } from './view-slice.ts'

export const disclaimer = 'For research and teaching, not for clinical decisions.'

/** "SmoothGrad, 50 samples": the method, the options that differ from their defaults, other weights. */
export function nameOfRun({ request, source }: Pick<Run, 'request' | 'source'>): string {
  const { label, options } = findMethod(request.methodId)
  const weights = source.randomSeed === null ? [] : ['shuffled weights']
  return [label, ...changedOptions(options, request.options), ...weights].join(', ')
}

function changedOptions(spec: OptionSpec, values: AnyOptionValues): readonly string[] {
  return Object.entries(spec).flatMap(([name, option]) => {
    const value = values[name]
    if (value === undefined || String(value) === String(option.default)) return []
    return [`${option.label.toLowerCase()} ${String(value)}`]
  })
}

/** One or two sentences: where the map is strongest and, unless hidden, how much lies in the truth. */
export function describeMap(shown: ShownRun, isTruthHidden = false): string {
  const { run, result, measurement } = shown
  const [x, y, z] = toMm(run.source.image.voxels.affine, peakOf(shown))
  const mass = measurement?.scores['relevance-mass-accuracy']
  const inside =
    !isTruthHidden && measurement?.truth && mass?.kind === 'value'
      ? ` ${formatPercent(mass.value)} of the map lies inside the truth mask.`
      : ''
  const target = targetName(isTruthHidden, result.targetLabel, run.source)
  return `${nameOfRun(run)} for ${target}: strongest at x ${formatMm(x)}, y ${formatMm(y)}, z ${formatMm(z)} mm.${inside}`
}

/** The lines under an exported picture; while the truth is hidden, none names what it is about. */
export function captionLines(
  shown: ShownRun,
  convention: Convention,
  isTruthHidden = false,
): readonly string[] {
  const { run, result } = shown
  const { source, display } = run
  const side = convention === 'radiological' ? 'right' : 'left'
  return [
    `${nameOfRun(run)}, explaining ${targetName(isTruthHidden, result.targetLabel, source)} (${formatNumber(result.score)})`,
    isTruthHidden
      ? source.image.info.name
      : `${source.caseTitle ?? source.image.info.name}, model ${source.card.title || source.modelName}`,
    `Raw values${result.isSigned ? ', signed' : ''}; threshold ${formatNumber(thresholdOf(shown))} (${formatNumber(display.percentile, 4)}th percentile of the ${display.sign === 'magnitude' ? 'magnitude' : 'positive part'}), ${display.fade ? 'fading below it' : 'hidden below it'}`,
    ...(result.flaw === null ? [] : [result.flaw]),
    `Computed on ${formatDims(result.layer?.grid ?? result.grid)}, ${result.provider.label}; ${convention} convention: the patient’s left is on the ${side}`,
    `Saliscope. ${disclaimer}`,
  ]
}
