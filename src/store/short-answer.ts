/** @file The known answer of a case in one breath. */

/**
 * Up to its first colon or full stop: "This model can only know it from the nodule: its training
 * slices …" becomes "This model can only know it from the nodule."
 */
export function shortAnswer(answer: string): string {
  const [first = ''] = answer.split(/[:.](?:\s|$)/, 1)
  return first === '' ? answer : `${first}.`
}
