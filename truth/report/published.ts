/**
 * @file The ordering that Siegel et al. 2025 (arXiv 2508.02560) found with a 3-D ResNet-50 on UK
 * Biobank: mean relevance mass accuracy. Cell outputs of the notebook in the authors' repository
 * (brain-tools/brain-xai-benchmark, April 2026); the tables of the paper were not at hand.
 */

interface PublishedGroup {
  readonly title: string
  /** What is to be known beside the numbers; '' for nothing. */
  readonly remark: string
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
    remark: '',
    mass: row([0.382, 0.374, 0.293, 0.19, 0.153, 0.162, 0.172, 0.262, 0.068]),
  },
  {
    title: 'Subcortical volume',
    cases: ['hippocampal-volume'],
    remark:
      'The study regresses volumes of caudate and hippocampus in every size; ours is half or not.',
    mass: row([0.349, 0.318, 0.308, 0.177, 0.145, 0.161, 0.147, 0.186, 0.107]),
  },
  {
    title: 'Artificial disease',
    cases: ['two-features'],
    remark: '',
    mass: row([0.257, 0.224, 0.28, 0.149, 0.138, 0.113, 0.129, 0.079, 0.024]),
  },
  {
    title: 'White-matter lesions',
    cases: ['lesions-flair'],
    remark: '',
    mass: row([0.178, 0.173, 0.094, 0.096, 0.104, 0.052, 0.039, 0.048, 0.02]),
  },
  {
    title: 'White-matter lesions',
    cases: ['lesions-t1'],
    remark: 'The study has lesions on FLAIR, where they are bright; on T1 they are dark.',
    mass: row([0.178, 0.173, 0.094, 0.096, 0.104, 0.052, 0.039, 0.048, 0.02]),
  },
]
