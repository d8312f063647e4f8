import { expect, test } from 'vitest'
import { parseTarget, type TargetTerm } from '../../core/attribution/target-grammar.ts'
import { regionWords, targetWords } from './target-words.ts'

const read = (form: string): TargetTerm => {
  const text = form.replace('i,j,...', '1,2,3').replaceAll('K', '1').replaceAll('L', '0')
  return parseTarget(text).terms[0]!
}

/** What a form says, without its numbers. */
function shapeOf(term: TargetTerm): string {
  switch (term.kind) {
    case 'argmax':
    case 'sum':
      return term.kind
    case 'element':
      return `element${term.isProbability ? ' probability' : ''}`
    case 'class':
      return `class${term.minus === null ? '' : ' difference'}${term.isProbability ? ' probability' : ''} ${term.region}`
  }
}

test('every form is one that the grammar takes, and none of its forms is missing', () => {
  expect(targetWords.map(({ form }) => shapeOf(read(form))).toSorted()).toEqual([
    'argmax',
    'class difference everywhere',
    'class difference probability everywhere',
    'class everywhere',
    'class probability everywhere',
    'element',
    'element probability',
    'sum',
  ])
  // A region goes behind each of the four forms of a class.
  const classes = targetWords.filter(({ form }) => read(form).kind === 'class')
  expect(classes).toHaveLength(4)
  for (const { form: region } of regionWords) {
    const ending = region.slice(1)
    for (const { form } of classes)
      expect(read(`${form}${ending}`)).toEqual({ ...read(form), region: ending.slice(1) })
  }
})

test('what the grammar says it takes is in the list', () => {
  let sentence = ''
  try {
    parseTarget('nonsense')
  } catch (error) {
    sentence = String(error)
  }
  const listed = [...targetWords, ...regionWords]
  const named = /use (.*), or NAME:/.exec(sentence)![1]!
  for (const words of named.split(', '))
    expect(listed.map(({ form }) => form)).toContain(words.replace(/^a (class|full index) /, ''))
})
