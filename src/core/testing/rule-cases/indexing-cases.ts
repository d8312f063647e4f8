/** @file Generated cases of the rules that pick entries and put them back. */

import fc from 'fast-check'
import { numberTensor } from '../../onnx/constants.ts'
import { count, ints } from '../tiny-models.ts'
import {
  anyDims,
  apart,
  between,
  flag,
  imageDims,
  list,
  property,
  type RuleProperties,
  withAxis,
} from './rule-case.ts'

const sizeOf = (dims: readonly number[], axis: number) => dims.at(axis) ?? 1

/** Indices into an axis, of which some count from the end and some repeat. */
const indicesOf = (size: number, length: number) => list(between(-size, size - 1), length)

const reductions = fc.constantFrom('none', 'add')

/** Row-major index of a place as one index per axis. */
function unravel(place: number, dims: readonly number[]): number[] {
  return dims.map((size, axis) => Math.floor(place / count(dims.slice(axis + 1))) % size)
}

/** Index rows into the first axes of a shape, each row once unless entries are added up. */
function rows(dims: readonly number[], depth: number, mayRepeat: boolean) {
  const places = count(dims.slice(0, depth))
  const drawn = mayRepeat
    ? fc.array(between(0, places - 1), { minLength: 1, maxLength: 5 })
    : fc.uniqueArray(between(0, places - 1), { minLength: 1, maxLength: 5 })
  return drawn.map((chosen) => ({
    rows: chosen.length,
    indices: numberTensor(
      'int64',
      chosen.flatMap((place) => unravel(place, dims.slice(0, depth))),
      [chosen.length, depth],
    ),
  }))
}

export const indexingCases: RuleProperties = {
  Compress: property((stratum) =>
    withAxis(stratum).chain(({ dims, axis }) =>
      list(fc.boolean(), sizeOf(dims, axis)).map((keep) => ({
        model: {
          inputs: { x: dims },
          constants: {
            keep: numberTensor(
              'bool',
              keep.map((k, i) => Number(k || i === 0)),
              [keep.length],
            ),
          },
          nodes: [{ op: 'Compress', inputs: ['x', 'keep'], attributes: { axis } }],
        },
      })),
    ),
  ),
  Gather: property((stratum) =>
    withAxis(stratum).chain(({ dims, axis }) =>
      fc
        .tuple(indicesOf(sizeOf(dims, axis), 4), fc.constantFrom([4], [2, 2], [4, 1], []))
        .map(([indices, shape]) => ({
          model: {
            inputs: { x: dims },
            constants: { indices: numberTensor('int64', indices.slice(0, count(shape)), shape) },
            nodes: [{ op: 'Gather', inputs: ['x', 'indices'], attributes: { axis } }],
          },
        })),
    ),
  ),
  GatherElements: property((stratum) =>
    withAxis(stratum).chain(({ dims, axis }) => {
      const taken = dims.with(axis, 3)
      return indicesOf(sizeOf(dims, axis), count(taken)).map((indices) => ({
        model: {
          inputs: { x: dims },
          constants: { indices: numberTensor('int64', indices, taken) },
          nodes: [{ op: 'GatherElements', inputs: ['x', 'indices'], attributes: { axis } }],
        },
      }))
    }),
  ),
  GatherND: property((stratum) =>
    fc.tuple(anyDims(stratum), between(1, 3)).chain(([dims, depth]) =>
      rows(dims, depth, true).map(({ indices }) => ({
        model: {
          inputs: { x: dims },
          constants: { indices },
          nodes: [{ op: 'GatherND', inputs: ['x', 'indices'] }],
        },
      })),
    ),
  ),
  ReverseSequence: property(({ batch, rank }) =>
    fc.tuple(list(between(1, 3), rank + 1), flag).chain(([[time = 1, ...rest], batch_axis]) =>
      list(between(1, time), batch).map((lengths) => ({
        model: {
          inputs: { x: batch_axis === 0 ? [batch, time, ...rest] : [time, batch, ...rest] },
          constants: { lengths: ints(...lengths) },
          nodes: [
            {
              op: 'ReverseSequence',
              inputs: ['x', 'lengths'],
              attributes: { batch_axis, time_axis: 1 - batch_axis },
            },
          ],
        },
        batchAxis: batch_axis,
      })),
    ),
  ),
  ScatterElements: property(
    (stratum) =>
      fc
        .tuple(withAxis(stratum), reductions, between(1, 3))
        .chain(([{ dims, axis }, reduction, drawn]) => {
          const size = sizeOf(dims, axis)
          const written = dims.with(axis, reduction === 'add' ? drawn : Math.min(drawn, size))
          const at = axis < 0 ? axis + dims.length : axis
          const placesOf = (length: number) =>
            fc.shuffledSubarray(
              Array.from({ length: size }, (_, i) => i),
              { minLength: length, maxLength: length },
            )
          // Written once each, unless entries are added up: an order of its own for every row of the batch.
          const places =
            reduction === 'add'
              ? indicesOf(size, count(written))
              : list(placesOf(sizeOf(written, axis)), sizeOf(dims, 0)).map((orders) =>
                  Array.from({ length: count(written) }, (_, i) => {
                    const place = unravel(i, written)
                    return orders[at === 0 ? 0 : (place[0] ?? 0)]?.[place[at] ?? 0] ?? 0
                  }),
                )
          return places.map((indices) => ({
            model: {
              inputs: { x: dims, updates: written },
              constants: { indices: numberTensor('int64', indices, written) },
              nodes: [
                {
                  op: 'ScatterElements',
                  inputs: ['x', 'indices', 'updates'],
                  attributes: { axis, reduction },
                },
              ],
            },
          }))
        }),
    { draws: 4 },
  ),
  ScatterND: property(
    (stratum) =>
      fc.tuple(anyDims(stratum), reductions, between(1, 3)).chain(([dims, reduction, depth]) =>
        rows(dims, depth, reduction === 'add').map(({ indices, rows: length }) => ({
          model: {
            inputs: { x: dims, updates: [length, ...dims.slice(depth)] },
            constants: { indices },
            nodes: [
              { op: 'ScatterND', inputs: ['x', 'indices', 'updates'], attributes: { reduction } },
            ],
          },
        })),
      ),
    { draws: 4 },
  ),
  // Unsorted, every runtime has an order of its own.
  TopK: property((stratum) =>
    fc
      .tuple(
        imageDims(stratum, between(3, 4), 3, 4),
        between(1, stratum.rank + 1),
        between(1, 3),
        flag,
      )
      .map(([{ dims }, axis, k, largest]) => ({
        model: {
          inputs: { x: dims },
          constants: { k: numberTensor('int64', [k], [1]) },
          nodes: [
            {
              op: 'TopK',
              inputs: ['x', 'k'],
              outputs: ['top', 'places'],
              attributes: { axis, largest },
            },
          ],
        },
        check: apart(0.03),
      })),
  ),
}
