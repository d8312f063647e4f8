/**
 * @file Upsample (opset 9) and Resize (10, 11) to Resize-18.
 *
 * Before opset 11 the output coordinate x maps to x / scale ("asymmetric"), and nearest takes the
 * pixel below when an axis grows and the pixel above when it shrinks, as ONNX Runtime does.
 */

import { Failure } from '../../failure.ts'
import { floatTensor, readFloats } from '../constants.ts'
import type { Attributes, Node } from '../ir.ts'
import { nodeLabel } from '../node-label.ts'
import {
  firstInput,
  firstOutput,
  stringAttribute,
  type Upgrade,
  type UpgradeContext,
  withoutAttributes,
} from './upgrade.ts'

export const upsample: Upgrade = { op: 'Upsample', before: 10, rewrite: rewriteAsymmetric }

/** Opset 10 has (x, scales); 11 has (x, roi, scales, sizes) with empty tensors for "not given". */
export const resize: Upgrade = {
  op: 'Resize',
  before: 13,
  rewrite: (node, context) =>
    context.version < 11 ? rewriteAsymmetric(node, context) : rewriteEleven(node, context),
}

function rewriteAsymmetric(node: Node, context: UpgradeContext): readonly Node[] {
  const mode = stringAttribute(node, 'mode', 'nearest')
  const scalesInput = node.inputs[1] ?? ''
  const scales = context.constantValue(scalesInput)
  const values = scales === undefined ? [] : [...readFloats(scales)]
  const grows = values.some((scale) => scale > 1)
  const shrinks = values.some((scale) => scale < 1)
  if (mode !== 'nearest' || !shrinks) {
    return [asymmetric(node, mode, 'floor', firstInput(node), scalesInput, firstOutput(node))]
  }
  if (!grows) {
    return [asymmetric(node, mode, 'ceil', firstInput(node), scalesInput, firstOutput(node))]
  }
  // Nearest works axis by axis: first those that grow, then those that shrink.
  const part = (suffix: string, keep: (scale: number) => boolean) =>
    context.constant(
      `${node.name}/${suffix}`,
      floatTensor(values.map((scale) => (keep(scale) ? scale : 1))),
    )
  const up = part('scales_up', (scale) => scale > 1)
  const down = part('scales_down', (scale) => scale < 1)
  const between = context.fresh(`${node.name}/grown`)
  return [
    {
      ...asymmetric(node, mode, 'floor', firstInput(node), up, between),
      name: `${node.name}/grow`,
    },
    asymmetric(node, mode, 'ceil', between, down, firstOutput(node)),
  ]
}

function asymmetric(
  node: Node,
  mode: string,
  nearestMode: 'ceil' | 'floor',
  x: string,
  scales: string,
  output: string,
): Node {
  const attributes: Attributes = {
    coordinate_transformation_mode: { kind: 'string', value: 'asymmetric' },
    mode: { kind: 'string', value: mode },
    ...(mode === 'nearest' ? { nearest_mode: { kind: 'string', value: nearestMode } } : {}),
  }
  return { ...node, op: 'Resize', inputs: [x, '', scales], outputs: [output], attributes }
}

function rewriteEleven(node: Node, context: UpgradeContext): readonly Node[] {
  const given = (name: string | undefined) =>
    name === undefined || name === '' || context.constantValue(name)?.bytes.length === 0 ? '' : name
  const [x = '', roi, scales, sizes] = node.inputs
  const transformation = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  const needsRoi = transformation === 'tf_crop_and_resize'
  const sizesInput = given(sizes)
  const inputs = [
    x,
    needsRoi ? given(roi) : '',
    sizesInput === '' ? given(scales) : '',
    ...(sizesInput === '' ? [] : [sizesInput]),
  ]
  if (transformation !== 'tf_half_pixel_for_nn') return [{ ...node, inputs }]
  return [{ ...node, inputs, attributes: withoutTfHalfPixel(node) }]
}

/**
 * tf_half_pixel_for_nn, gone since opset 13, is (x + 0.5) / scale: half a pixel more than
 * half_pixel, so its floor is half_pixel rounded with halves up.
 */
function withoutTfHalfPixel(node: Node): Attributes {
  const mode = stringAttribute(node, 'mode', 'nearest')
  const nearestMode = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
  if (mode !== 'nearest' || nearestMode !== 'floor') {
    throw new Failure(
      'unsupported-operator',
      `${nodeLabel(node)} uses tf_half_pixel_for_nn with ${mode} ${nearestMode}, which newer ` +
        'opsets cannot express; export the model with opset_version=18.',
    )
  }
  return {
    ...withoutAttributes(node, 'coordinate_transformation_mode', 'nearest_mode'),
    coordinate_transformation_mode: { kind: 'string', value: 'half_pixel' },
    nearest_mode: { kind: 'string', value: 'round_prefer_ceil' },
  }
}
