/** @file The table of `npm run bench:peers`, and its targets. */

import { plainTable } from './plain-table.mjs'

/** Our time over theirs. */
const targets = { Node: 0.5, page: 1 }

const header = [
  'network',
  'method',
  'where',
  'beside',
  'ours',
  'theirs',
  'ours/theirs',
  'target',
  '',
  'processor',
]

export function printPeers(results) {
  const rows = results.map((result) => {
    const { network, method, amount, where, by, ourMs, theirMs, ratio, ratioOfMinima, cpu } = result
    return [
      network,
      amount === 1 ? method : `${method}, ${amount}`,
      where,
      by,
      seconds(ourMs),
      seconds(theirMs),
      `${ratio.toFixed(2)} (${ratioOfMinima.toFixed(2)})`,
      `<= ${targets[where]}`,
      ratio <= targets[where] ? 'ok' : 'over',
      cpu ? `${cpu.ratio.toFixed(2)} (${cpu.ratioOfMinima.toFixed(2)})` : '',
    ]
  })
  return plainTable(header, rows, 4)
}

const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
