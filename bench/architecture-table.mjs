/** @file The table of `npm run bench:architectures`, and its targets. */

import { plainTable } from './plain-table.mjs'

/** Gradient in forward runs; peak over the forward run's peak. */
const targets = { time: 3, memory: 2.5 }

const header = [
  'network',
  'input',
  'compile',
  'first',
  'forward',
  'gradient',
  'x forward',
  '',
  'activations',
  'x forward',
  'with weights',
  '',
]

export function printArchitectures(networks) {
  const rows = networks.map(({ label, inputDims, compileMs, firstMs, ...rest }) => [
    label,
    inputDims.map((dims) => dims.slice(1).join('x')).join(' + '),
    milliseconds(compileMs),
    seconds(firstMs),
    milliseconds(rest.forward.minMs),
    milliseconds(rest.gradient.minMs),
    `${rest.perForward.median.toFixed(2)} (${rest.perForward.ofMinima.toFixed(2)})`,
    rest.perForward.median <= targets.time ? 'ok' : 'over',
    megabytes(rest.memory.gradientActivationBytes),
    rest.memory.activations.toFixed(2),
    rest.memory.everything.toFixed(2),
    rest.memory.everything <= targets.memory ? 'ok' : 'over',
  ])
  const about = `Targets: gradient <= ${targets.time} forward runs, peak memory <= ${targets.memory} times the forward run's. Times are the smallest.`
  return `${plainTable(header, rows, 2)}\n\n${about}`
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
const milliseconds = (ms) => `${Math.round(ms)} ms`
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`
