/** @file VJP rules of the operators that only rearrange, copy or retype elements. */

import { Failure } from '../../failure.ts'
import { range, sizeAt } from '../../onnx/shape-arithmetic.ts'
import { defineVjp, type VjpRule } from '../rule.ts'

/** Same elements in the same order: the cotangent takes the input's shape. */
function defineReshaping(op: string, otherInputs: readonly string[]): VjpRule {
  return defineVjp(op, ['x', ...otherInputs], ({ g, inputs, cotangent }) => {
    const [x, ...others] = inputs
    return [x ? g.reshape(cotangent, x.dims) : null, ...others.map(() => null)]
  })
}

/** Between floating-point types; a cast to integers ends the path. */
export const cast = defineVjp('Cast', ['x'], ({ g, inputs: [x], cotangent }) => [
  g.cast(cotangent, x.dtype),
])

export const castLike = defineVjp('CastLike', ['x', 'like'], ({ g, inputs: [x], cotangent }) => [
  g.cast(cotangent, x.dtype),
  null,
])

/** (N, C, H, W) with blocks moved from channels to space: the inverse permutation. */
export const depthToSpace = defineVjp(
  'DepthToSpace',
  ['x'],
  ({ g, inputs: [x], y, attributes, cotangent }) => {
    const b = attributes.int('blocksize', 1)
    const [n = 1, c = 1, h = 1, w = 1] = [...y.dims.slice(0, 2), ...x.dims.slice(2)]
    const blocks = g.reshape(cotangent, [n, c, h, b, w, b])
    const isDepthFirst = attributes.string('mode', 'DCR') === 'DCR'
    const order = isDepthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [g.reshape(g.transpose(blocks, order), x.dims)]
  },
)

/** At inference the identity; in training mode the output is random. */
export const dropout = defineVjp(
  'Dropout',
  ['x', 'ratio?', 'training?'],
  ({ g, node, inputs: [, , training], cotangent }) => {
    if (training && g.scalarOf(training) !== 0) {
      throw new Failure(
        'unsupported-operator',
        `Dropout node '${node.name}' is in training mode; export the model with model.eval().`,
      )
    }
    return [cotangent, null, null]
  },
)

/** The driver sums over the axes that were expanded. */
export const expand = defineVjp('Expand', ['x', 'shape'], ({ cotangent }) => [cotangent, null])

export const flatten = defineReshaping('Flatten', [])

export const identity = defineVjp('Identity', ['x'], ({ cotangent }) => [cotangent])

export const reshape = defineReshaping('Reshape', ['shape'])

export const spaceToDepth = defineVjp(
  'SpaceToDepth',
  ['x'],
  ({ g, inputs: [x], y, attributes, cotangent }) => {
    const b = attributes.int('blocksize', 1)
    const [n = 1, c = 1, h = 1, w = 1] = [...x.dims.slice(0, 2), ...y.dims.slice(2)]
    const blocks = g.reshape(cotangent, [n, b, b, c, h, w])
    return [g.reshape(g.transpose(blocks, [0, 3, 4, 1, 5, 2]), x.dims)]
  },
)

export const squeeze = defineReshaping('Squeeze', ['axes?'])

/** Sums over the copies. */
export const tile = defineVjp('Tile', ['x', 'repeats'], ({ g, inputs: [x], y, cotangent }) => {
  const copies = x.dims.map((size, axis) => (size === 0 ? 1 : sizeAt(y.dims, axis) / size))
  const split = g.reshape(
    cotangent,
    x.dims.flatMap((size, axis) => [sizeAt(copies, axis), size]),
  )
  const copyAxes = range(0, x.dims.length).map((axis) => 2 * axis)
  const used = copyAxes.filter((axis) => split.dims[axis] !== 1)
  return [g.reshape(g.reduceSum(split, used), x.dims), null]
})

export const transpose = defineVjp(
  'Transpose',
  ['x'],
  ({ g, inputs: [x], attributes, cotangent }) => {
    const perm = attributes.ints('perm') ?? range(0, x.dims.length).reverse()
    return [
      g.transpose(
        cotangent,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ]
  },
)

/** The kept triangle is the same. */
export const trilu = defineVjp(
  'Trilu',
  ['x', 'k?'],
  ({ g, inputs: [x, k], attributes, cotangent }) => [
    g.node('Trilu', k ? [cotangent, k] : [cotangent], x.dims, {
      upper: attributes.int('upper', 1),
    }),
    null,
  ],
)

export const unsqueeze = defineReshaping('Unsqueeze', ['axes'])
