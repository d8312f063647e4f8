/** @file The benchmark's one table, and its targets. */

const gradientTarget = { node: 3, page: 4 }
/** Times samples x gradient. */
const manyGradientsTarget = 1.2
/** Times windows x forward. */
const occlusionTarget = 1.1
const sliderTargetMs = 16
const firstMapTargetMs = 5000

const header = ['what', 'where', 'time', 'x forward', 'x gradient', 'first', 'target', '']

/** The report as lines; the first numbers of a ratio are medians, those in brackets of the minima. */
export function printTable(report) {
  const rows = [
    header,
    ...methodRows('Node', 'node', report.node?.methods),
    ...methodRows('page', 'page', report.page?.methods),
    ...memoryRows(report),
    ...sliderRows(report),
    ...firstMapRows(report.page?.firstMapMs),
  ]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, i) => pad(cell, widths[i], i))
      .join('  ')
      .trimEnd()
  const [first, ...others] = rows.map(line)
  const { refused = [] } = report.node?.methods ?? report.page?.methods ?? {}
  const notes = refused.map(({ id, reason }) => `Not measured: ${id}. ${reason}`)
  return [first, '-'.repeat(first.length), ...others, ...notes].join('\n')
}

const pad = (cell, width, column) => (column < 2 ? cell.padEnd(width) : cell.padStart(width))

function methodRows(where, id, methods) {
  if (!methods) return []
  const row = (timing) => {
    const { perForward, perGradient } = timing
    return [
      timing.samples === 1 ? timing.id : `${timing.id}, ${timing.work}`,
      where,
      seconds(timing.medianMs),
      ratio(perForward),
      timing.id === 'gradient' ? '' : ratio(perGradient),
      seconds(timing.firstMs),
      ...verdict(...targetOf(timing, gradientTarget[id])),
    ]
  }
  const { medianMs } = methods.forward
  const forward = [`forward (${methods.provider})`, where, seconds(medianMs), '1', '', '', '', '']
  return [forward, ...methods.methods.map(row)]
}

function targetOf({ id, perForward, perGradient }, gradientLimit) {
  const times = (value) => `<= ${value}`
  switch (id) {
    case 'gradient':
      return [perForward.median, gradientLimit, times(gradientLimit), 'x forward']
    case 'expected-gradients':
    case 'integrated-gradients':
    case 'smoothgrad':
      return [perGradient.median, manyGradientsTarget, times(manyGradientsTarget), 'x gradient']
    case 'occlusion':
      return [perForward.median, occlusionTarget, times(occlusionTarget), 'x forward']
    default:
      return []
  }
}

function verdict(value, limit, words, unit) {
  if (limit === undefined) return ['', '']
  return [`${words} ${unit}`, value <= limit ? 'ok' : 'over']
}

function memoryRows({ node, page }) {
  const plain = (what, where, bytes) =>
    bytes == null ? [] : [[what, where, megabytes(bytes), '', '', '', '', '']]
  const estimates = (where, methods) => {
    const gradient = methods?.methods.find(({ id }) => id === 'gradient')
    return [
      ...plain('memory: forward, estimate', where, methods?.forwardEstimateBytes),
      ...plain('memory: gradient, estimate', where, gradient?.estimateBytes),
    ]
  }
  return [
    ...estimates('Node', node?.methods),
    ...plain('memory: process at start', 'Node', node?.startRssBytes),
    ...plain('memory: process at its peak', 'Node', node?.peakRssBytes),
    ...estimates('page', page?.methods),
    ...plain('memory: WASM of the worker at its peak', 'page', page?.wasmBytes),
    ...plain('memory: renderer process at its peak', 'page', page?.rendererPeakBytes),
  ]
}

function sliderRows({ node, page }) {
  const row = (what, where, ms, isTarget = false) => [
    what,
    where,
    milliseconds(ms),
    '',
    '',
    '',
    ...(isTarget ? verdict(ms, sliderTargetMs, `<= ${sliderTargetMs} ms`, 'median') : ['', '']),
  ]
  const ofTable = (where, slider) =>
    slider
      ? [
          row('map: sorted and measured, once', where, slider.measureMs),
          row('slider: look-up of one move', where, slider.move.medianMs, true),
        ]
      : []
  const slider = page?.pageSlider
  return [
    ...ofTable('Node', node?.slider),
    ...ofTable('page', page?.slider),
    ...(slider
      ? [
          row('slider: key to numbers', 'page', slider.numbers.medianMs, true),
          row('slider: key to drawn picture', 'page', slider.frame.medianMs),
        ]
      : []),
  ]
}

function firstMapRows(firstMapMs) {
  if (!firstMapMs) return []
  const { medianMs } = firstMapMs
  const words = `<= ${firstMapTargetMs / 1000} s`
  return [
    [
      'demo: load event to first map',
      'page',
      seconds(medianMs),
      '',
      '',
      '',
      ...verdict(medianMs, firstMapTargetMs, words, 'median'),
    ],
  ]
}

const ratio = ({ median, ofMinima }) => `${median.toFixed(2)} (${ofMinima.toFixed(2)})`
const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
const milliseconds = (ms) => (ms < 0.1 ? `${(1000 * ms).toFixed(1)} us` : `${ms.toFixed(1)} ms`)
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`
