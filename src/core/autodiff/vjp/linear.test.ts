import { expect, test } from 'vitest'
import { gradientError } from '../../testing/check-gradient.ts'
import { float, tinyModel } from '../../testing/tiny-models.ts'

const gemms = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })))
test.each(gemms)('Gemm %j agrees with central differences', async ({ transA, transB }) => {
  for (const c of [[3, 5], [5], [3, 1], []]) {
    const attributes = { transA, transB, alpha: float(0.5), beta: float(1.5) }
    const model = tinyModel({
      inputs: { a: transA ? [4, 3] : [3, 4], b: transB ? [5, 4] : [4, 5], c },
      nodes: [{ op: 'Gemm', inputs: ['a', 'b', 'c'], attributes }],
    })
    expect(await gradientError(model)).toBeLessThan(1e-3)
  }
})

test.each([
  [
    [3, 4],
    [4, 2],
  ],
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  [
    [2, 3, 4],
    [4, 5],
  ],
  [
    [3, 4],
    [2, 4, 5],
  ],
  [
    [2, 1, 3, 4],
    [5, 4, 2],
  ],
  [[4], [4, 3]],
  [[3, 4], [4]],
  [[4], [4]],
  [[4], [2, 4, 3]],
  [[2, 3, 4], [4]],
])('MatMul of %j and %j agrees with central differences', async (a, b) => {
  const model = tinyModel({ inputs: { a, b }, nodes: [{ op: 'MatMul', inputs: ['a', 'b'] }] })
  expect(await gradientError(model)).toBeLessThan(1e-3)
})

test.each([
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]],
  ['i,j->ij', [3], [2]],
  ['ij,jk->i', [2, 3], [3, 4]],
  ['bij,bij->b', [2, 3, 4], [2, 3, 4]],
])('Einsum %s', async (equation, a, b) => {
  const nodes = [{ op: 'Einsum', inputs: ['a', 'b'], attributes: { equation } }]
  expect(await gradientError(tinyModel({ inputs: { a, b }, nodes }))).toBeLessThan(1e-3)
})

test.each([
  ['ijk->ki', [2, 3, 4]],
  ['ijk', [2, 3, 4]],
  ['nii->ni', [2, 3, 3]],
  ['nii', [2, 3, 3]],
  ['iii->i', [3, 3, 3]],
  ['ijij->ji', [2, 3, 2, 3]],
  ['...ii->...i', [4, 2, 3, 3]],
  ['i...->...', [3, 2, 4]],
])('Einsum %s of one operand', async (equation, a) => {
  const nodes = [{ op: 'Einsum', inputs: ['a'], attributes: { equation } }]
  for (const provider of ['native', 'webgpu'] as const)
    expect(await gradientError(tinyModel({ inputs: { a }, nodes }), { provider })).toBeLessThan(
      1e-3,
    )
})

test('Einsum of three operands, one of them by its diagonal', async () => {
  const equation = 'nii,nij,jk->nk'
  const nodes = [{ op: 'Einsum', inputs: ['a', 'b', 'c'], attributes: { equation } }]
  const inputs = { a: [2, 3, 3], b: [2, 3, 4], c: [4, 2] }
  expect(await gradientError(tinyModel({ inputs, nodes }))).toBeLessThan(1e-3)
})

test.each([
  ['...ij,jk->...ik', [2, 3, 4], [4, 5]],
  ['...ij,...jk', [2, 3, 4], [1, 4, 2]],
])('Einsum %s repeats an operand over the axes of "..."', async (equation, a, b) => {
  const nodes = [{ op: 'Einsum', inputs: ['a', 'b'], attributes: { equation } }]
  expect(await gradientError(tinyModel({ inputs: { a, b }, nodes }))).toBeLessThan(1e-3)
})
