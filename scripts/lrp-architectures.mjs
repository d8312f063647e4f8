/**
 * @file `npm run architectures:lrp [-- --only NAME,NAME] [--composites ID,ID] [--again]`: runs every LRP
 * composite on stored architectures and writes the table of docs/lrp-architectures.md. What was
 * measured before is kept (parity/fixtures/lrp-architectures.json) unless --again is given.
 */

import { join } from 'node:path'
import {
  isChild,
  load,
  pick,
  readOptions,
  readResults,
  tell,
  tryAll,
  writeBetween,
  writeResults,
} from './architecture-trials.mjs'
import { root } from './project.mjs'

/** One composite on one network; a process that takes longer is ended. */
const LIMIT_SECONDS = 180

/** Every kind of network: plain, residual, dense, inception, shuffled, U-shaped, transformers. */
const networks = [
  'resnet50',
  'densenet121-3d',
  'inception-v3',
  'inception-resnet-v2',
  's3d',
  'shufflenet-v2',
  'mobilenet-v3-large',
  'efficientnet-b0',
  'convnext-tiny',
  'unet-3d',
  'basic-unet-3d',
  'basic-unet-plus-plus-3d',
  'nnunet-residual-3d',
  'segresnet-3d',
  'unetr',
  'vit-b-16',
  'swin-t',
  'maxvit-t',
  'vgg16-bn',
]

const results = join(root, 'parity/fixtures/lrp-architectures.json')
const document = join(root, 'docs/lrp-architectures.md')

if (isChild) {
  const [name, chosen] = process.argv.slice(2)
  const { tryComposites } = await load('try-composites.ts')
  await tryComposites(
    name,
    'torchscript',
    chosen.split(','),
    ({ composite, isStart, ...outcome }) => tell(composite, isStart ? undefined : outcome),
  )
  process.exit(0)
}

const { only, chosen, again } = readOptions('composites')
const { composites } = await load('try-composites.ts')
const { renderLrpTable } = await load('render-lrp-table.ts')
const { listArchitectures } = await load('read-architecture.ts')

const labels = new Map(listArchitectures().map(({ name, label }) => [name, label]))
const outcomes = readResults(results)

for (const name of only.length > 0 ? only : networks) {
  if (!labels.has(name)) throw new Error(`there is no stored architecture '${name}'`)
  outcomes[name] ??= {}
  const isDue = (id) => again || outcomes[name][id] === undefined
  await tryAll({
    script: import.meta.url,
    args: [name],
    ids: (chosen.length > 0 ? chosen : composites).filter(isDue),
    limit: { seconds: LIMIT_SECONDS, sentence: `It takes more than ${LIMIT_SECONDS} s.` },
    refused: (refusal) => ({ refusal }),
    report(composite, outcome) {
      outcomes[name][composite] = outcome
      save()
    },
  })
}
save()
process.exit(0)

function save() {
  const kept = pick(outcomes, networks)
  for (const [name, measured] of Object.entries(kept)) kept[name] = pick(measured, composites)
  writeResults(results, kept)
  writeBetween(document, 'lrp', renderLrpTable(kept, labels))
}
