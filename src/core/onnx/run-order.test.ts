import { expect, test } from 'vitest'
import { tinyModel } from '../testing/tiny-models.ts'
import { runOrder } from './run-order.ts'

test('what is read goes before what reads it, and every node once', () => {
  const { graph } = tinyModel({
    inputs: { x: [1, 2] },
    nodes: [
      { op: 'Relu', inputs: ['x'] },
      { op: 'Exp', inputs: ['y0'] },
      { op: 'Neg', inputs: ['y0'] },
      { op: 'Add', inputs: ['y1', 'y2'] },
    ],
  })
  const order = runOrder(graph)
  expect(order.map(({ op }) => op)).toEqual(['Relu', 'Neg', 'Exp', 'Add'])
})

test('a mask that is written beside its use is computed as soon as its activation is there', () => {
  const { graph } = tinyModel({
    inputs: { x: [1, 2] },
    constants: { zero: { dims: [], dtype: 'float32', bytes: new Uint8Array(4) } },
    nodes: [
      { op: 'Relu', inputs: ['x'] },
      { op: 'Exp', inputs: ['y0'] },
      { op: 'Neg', inputs: ['y1'] },
      { op: 'Greater', inputs: ['y0', 'zero'] },
      { op: 'Where', inputs: ['y3', 'y2', 'zero'] },
    ],
  })
  expect(runOrder(graph).map(({ op }) => op)).toEqual(['Relu', 'Greater', 'Exp', 'Neg', 'Where'])
})
