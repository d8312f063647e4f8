/**
 * @file The ordering that Siegel et al. 2025 (arXiv 2508.02560) found with a 3-D ResNet-50 on UK
 * Biobank: mean relevance mass accuracy. Cell outputs of the notebook in the authors' repository
 * (brain-tools/brain-xai-benchmark, April 2026); the tables of the paper were not at hand.
 */

interface PublishedGroup {
  readonly title: string
  /** Cases of ours in its spirit. */
  readonly cases: readonly string[]
  /** By our id of the method. */
  readonly mass: Readonly<Record<string, number>>
}

const columns = [
  'smoothgrad',
  'input-x-gradient',
  'deeplift',
  'lrp:alpha2-beta1',
  'lrp:epsilon-plus',
  'excitation-backprop',
  'guided-backprop',
  'guided-grad-cam',
  'grad-cam',
] as const

const row = (values: readonly number[]): PublishedGroup['mass'] =>
  Object.fromEntries(columns.map((id, n) => [id, values[n] ?? Number.NaN]))

export const publishedGroups: readonly PublishedGroup[] = [
  {
    title: 'Subcortical intensity',
    cases: ['hippocampus', 'putamen'],
    mass: row([0.382, 0.374, 0.293, 0.19, 0.153, 0.162, 0.172, 0.262, 0.068]),
  },
  {
    title: 'Artificial disease',
    cases: ['two-features'],
    mass: row([0.257, 0.224, 0.28, 0.149, 0.138, 0.113, 0.129, 0.079, 0.024]),
  },
  {
    title: 'White-matter lesions',
    cases: ['lesions-flair', 'lesions-t1'],
    mass: row([0.178, 0.173, 0.094, 0.096, 0.104, 0.052, 0.039, 0.048, 0.02]),
  },
]
