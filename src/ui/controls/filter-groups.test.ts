import { expect, test } from 'vitest'
import { filterGroups } from './filter-groups.ts'

const groups = [
  {
    label: 'Back-propagation',
    options: [
      { value: 'saliency', label: 'Saliency', note: 'The magnitude of the gradient.' },
      { value: 'smoothgrad', label: 'SmoothGrad', note: 'The average over noisy copies.' },
    ],
  },
  {
    label: 'Class activation maps',
    options: [{ value: 'grad-cam', label: 'Grad-CAM', note: 'Activations, weighted.' }],
  },
]
const found = (text: string) =>
  filterGroups(groups, text).flatMap(({ options }) => options.map(({ value }) => value))

test('finds names first, all words, in any order', () => {
  expect(found('')).toEqual(['saliency', 'smoothgrad', 'grad-cam'])
  expect(found('grad')).toEqual(['smoothgrad', 'grad-cam'])
  expect(found('cam GRAD')).toEqual(['grad-cam'])
})

test('looks at descriptions where no name fits, and says nothing where nothing does', () => {
  expect(found('noisy')).toEqual(['smoothgrad'])
  expect(found('gradient magnitude')).toEqual(['saliency'])
  expect(filterGroups(groups, 'xyz')).toEqual([])
})
