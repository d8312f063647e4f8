/** @file Generated cases of the rules of matrix products. */

import fc from 'fast-check'
import { float } from '../tiny-models.ts'
import {
  between,
  flag,
  list,
  property,
  type RuleProperties,
  type RuleProperty,
  real,
} from './rule-case.ts'

/** By the number of axes after batch and channels; repeated labels are diagonals. */
const EQUATIONS: Readonly<Record<number, readonly string[]>> = {
  1: [
    'nij,nkj->nik',
    'nij,nkj->n',
    'nij,nkj->nijk',
    'nij,nkj->jin',
    'nij,nkj',
    'nij,nkk->ni',
    'nii,nkj->nki',
    'nii,njj->n',
    'nii,njj',
    'nij->nji',
    '...ij,...kj->...ik',
    'n...,n...->...',
    '...jj,...kl',
  ],
  2: [
    'ncij,nckj->ncik',
    'ncij,kc->nkij',
    'ncij,ncij->n',
    'ncij,nijc->nc',
    'ncjj,nck->nk',
    'ncij->nic',
    '...ij,...kj->...ik',
    'n...,n...->...',
  ],
  3: [
    'ncijl,nckjl->ncik',
    'ncijl,kc->nkijl',
    'ncijl,ncijl->n',
    'ncijj,nic->nj',
    'ncijl->nlc',
    '...ij,...kj->...ik',
    'n...,n...->...',
  ],
}

const einsum: RuleProperty = property(
  ({ batch, rank }) =>
    fc
      .tuple(list(between(1, 3), 2), fc.constantFrom(...(EQUATIONS[rank] ?? [])))
      .map(([[i = 1, j = 1], equation]) => {
        // What an ellipsis stands for: the axes that the labels leave.
        const free = (term: string) => 'nabde'.slice(0, rank + 2 - term.replaceAll('.', '').length)
        const labels = (equation.split('->')[0] ?? '')
          .split(',')
          .map((term) =>
            term.startsWith('n...')
              ? term.replace('n...', `n${'abde'.slice(0, rank + 1)}`)
              : term.replace('...', free(term)),
          )
        const sizes: Readonly<Record<string, number>> = {
          ...{ n: batch, i, j, k: 2, l: 3, c: 2 },
          ...{ a: 2, b: i, d: j, e: 2 },
        }
        const dimsOf = (term: string) => [...term].map((label) => sizes[label] ?? 1)
        const [a = '', b] = labels
        return {
          model: {
            inputs: { a: dimsOf(a), ...(b !== undefined && { b: dimsOf(b) }) },
            nodes: [
              {
                op: 'Einsum',
                inputs: b === undefined ? ['a'] : ['a', 'b'],
                attributes: { equation },
              },
            ],
          },
        }
      }),
  { draws: 6 },
)

const gemm: RuleProperty = property(
  ({ batch: n }) =>
    fc
      .tuple(
        list(between(1, 4), 2),
        flag,
        flag,
        list(real(0.3, 2), 2),
        fc.constantFrom('none', 'row', 'column', 'scalar'),
      )
      .map(([[k = 1, m = 1], transA, transB, [alpha = 1, beta = 1], bias]) => {
        const c = { none: [], row: [m], column: [n, 1], scalar: [1] }[bias]
        return {
          model: {
            inputs: {
              a: transA ? [k, n] : [n, k],
              b: transB ? [m, k] : [k, m],
              ...(bias !== 'none' && { c }),
            },
            nodes: [
              {
                op: 'Gemm',
                inputs: bias === 'none' ? ['a', 'b'] : ['a', 'b', 'c'],
                attributes: { transA, transB, alpha: float(alpha), beta: float(beta) },
              },
            ],
          },
          batchAxis: transA,
        }
      }),
  // Matrices: (N, features) alone.
  { ranks: [0], draws: 10 },
)

/** The second factor has the batch axes too, or some of them, or none. */
const matmul: RuleProperty = property(
  ({ batch, rank }) =>
    fc
      .tuple(list(between(1, 3), 3), list(between(1, 2), rank - 1), between(0, rank))
      .map(([[i = 1, j = 1, k = 1], others, shared]) => {
        const outer = [batch, ...others]
        return {
          model: {
            inputs: { a: [...outer, i, j], b: [...outer.slice(shared), j, k] },
            nodes: [{ op: 'MatMul', inputs: ['a', 'b'] }],
          },
        }
      }),
  { draws: 4 },
)

export const productCases: RuleProperties = { Einsum: einsum, Gemm: gemm, MatMul: matmul }
