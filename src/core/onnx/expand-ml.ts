/**
 * @file Operators of ai.onnx.ml, as scikit-learn's converter writes them, in operators of ai.onnx.
 *
 * Formulas are the specification's (ai.onnx.ml 1 to 5), and where it is silent the runtime's. What has
 * no gradient by nature (trees, encoders of labels) and the rare post-transform PROBIT stay.
 */

import { type Expand, type Expansion, expandNodes } from './expand-nodes.ts'
import type { Attributes, Graph, Model, Node } from './ir.ts'
import { floatAttribute, intAttribute, stringAttribute } from './upgrades/upgrade.ts'

const DOMAIN = 'ai.onnx.ml'

const EXPANDERS: ReadonlyMap<string, Expand> = new Map([
  ['ArrayFeatureExtractor', arrayFeatureExtractor],
  ['FeatureVectorizer', featureVectorizer],
  ['Imputer', imputer],
  ['LinearClassifier', linearClassifier],
  ['LinearRegressor', linearRegressor],
  ['Normalizer', normalizer],
  ['Scaler', scaler],
])

/**
 * The model with its preprocessing and linear models written out. An output that is a list of
 * dictionaries (ZipMap) becomes the array of numbers it was made from, under the same name.
 */
export function expandMl(model: Model): Model {
  if (!model.opsets.has(DOMAIN)) return model
  const graph = expandNodes(unzipped(model.graph), ({ domain, op }) =>
    domain === DOMAIN ? EXPANDERS.get(op) : undefined,
  )
  return { ...model, graph }
}

function unzipped(graph: Graph): Graph {
  const isZip = ({ domain, op }: Node) => domain === DOMAIN && op === 'ZipMap'
  const zips = graph.nodes.filter(isZip)
  if (zips.length === 0) return graph
  const names = new Set(zips.flatMap(({ outputs }) => outputs))
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      isZip(node) ? { ...node, domain: '', op: 'Identity', attributes: {} } : node,
    ),
    outputs: graph.outputs.map((output) =>
      names.has(output.name) ? { name: output.name, dtype: 'float32', dims: null } : output,
    ),
  }
}

/** (x - offset) * scale; both have one number, or one per column. */
function scaler(e: Expansion): boolean {
  const x = asFloat(e, e.node.inputs[0] ?? '')
  const row = (what: string) => rowOf(e, what, floats(e.node, what) ?? [what === 'scale' ? 1 : 0])
  e.output(0, e.emit('Mul', [e.emit('Sub', [x, row('offset')]), row('scale')]))
  return true
}

/** x over its largest number (MAX), its sum of sizes (L1) or its length (L2); zero stays zero. */
function normalizer(e: Expansion): boolean {
  const x = asFloat(e, e.node.inputs[0] ?? '')
  const axis = e.constant('axis', [-1], [1], 'int64')
  const operators = { L1: 'ReduceL1', L2: 'ReduceL2', MAX: 'ReduceMax' } as const
  const norm = stringAttribute(e.node, 'norm', 'MAX')
  const op = Object.entries(operators).find(([name]) => name === norm)?.[1]
  if (op === undefined) return false
  const size = e.emit(op, [x, axis], { keepdims: { kind: 'int', value: 1 } })
  const isZero = e.emit('Equal', [size, e.constant('zero', [0], [])])
  const safe = e.emit('Where', [isZero, e.constant('one', [1], []), size])
  e.output(0, e.emit('Div', [x, safe]))
  return true
}

function imputer(e: Expansion): boolean {
  const [x = ''] = e.node.inputs
  const values = floats(e.node, 'imputed_value_floats')
  // Whole numbers are never missing in an input that is shown as a map.
  if (values === undefined) return false
  const missing = floatAttribute(e.node, 'replaced_value_float') ?? 0
  const isMissing = Number.isNaN(missing)
    ? e.emit('IsNaN', [x])
    : e.emit('Equal', [x, e.constant('missing', [missing], [], e.dtypeOf(x))])
  e.output(0, e.emit('Where', [isMissing, rowOf(e, 'imputed', values), x]))
  return true
}

function featureVectorizer(e: Expansion): boolean {
  const columns = e.node.inputs.map((name) => asFloat(e, name))
  e.output(0, e.emit('Concat', columns, { axis: { kind: 'int', value: 1 } }))
  return true
}

/** Columns of x; a vector counts as one row. */
function arrayFeatureExtractor(e: Expansion): boolean {
  const [x = '', indices = ''] = e.node.inputs
  const flat = e.emit('Reshape', [indices, e.constant('all', [-1], [1], 'int64')])
  const picked = e.emit('Gather', [x, flat], { axis: { kind: 'int', value: -1 } })
  const isVector = e.constantDims(x)?.length === 1
  const row = () => e.emit('Reshape', [picked, e.constant('row', [1, -1], [2], 'int64')])
  e.output(0, isVector ? row() : picked)
  return true
}

function linearRegressor(e: Expansion): boolean {
  const rows = intAttribute(e.node, 'targets', 1)
  const scores = linear(e, rows)
  const result = scores === undefined ? undefined : transformed(e, scores)
  if (result === undefined) return false
  e.output(0, result)
  return true
}

/**
 * Scores of every class. One row of coefficients for two classes means the second one; the first
 * gets 1 minus its score, as in the runtime. The label is the class of the largest score.
 */
function linearClassifier(e: Expansion): boolean {
  const names = e.node.attributes.classlabels_strings
  const numbers = e.node.attributes.classlabels_ints
  const labels = numbers?.kind === 'ints' ? numbers.value : []
  const classes = names?.kind === 'strings' ? names.value.length : labels.length
  const coefficients = floats(e.node, 'coefficients') ?? []
  const biases = floats(e.node, 'intercepts')?.length
  const rows = biases ?? classes
  const isSingle = rows === 1 && classes === 2
  if (coefficients.length === 0 || (rows !== classes && !isSingle)) return false
  const scores = linear(e, rows)
  if (scores === undefined) return false
  const isLogistic = stringAttribute(e.node, 'post_transform', 'NONE') === 'LOGISTIC'
  const second = isSingle && !isLogistic ? scores : transformed(e, scores)
  if (second === undefined) return false
  const one = () => e.constant('one', [1], [])
  const along = { axis: { kind: 'int', value: 1 } } as const
  const all = isSingle ? e.emit('Concat', [e.emit('Sub', [one(), second]), second], along) : second
  e.output(1, all)
  // A label names a class; nobody explains the name. As an index it keeps what reads it well formed.
  const index = isSingle ? positives(e, scores) : largest(e, all)
  const isNumbered = labels.length === classes
  const table = isNumbered ? e.constant('labels', labels, [classes], 'int64') : undefined
  e.output(0, table === undefined ? index : e.emit('Gather', [table, index]))
  return true
}

function largest(e: Expansion, scores: string): string {
  return e.emit('ArgMax', [scores], {
    axis: { kind: 'int', value: 1 },
    keepdims: { kind: 'int', value: 0 },
  })
}

/** 1 where the only score is above 0. */
function positives(e: Expansion, scores: string): string {
  const above = e.emit('Greater', [scores, e.constant('zero', [0], [])])
  const index = e.emit('Cast', [above], { to: { kind: 'int', value: 7 } })
  return e.emit('Reshape', [index, e.constant('all', [-1], [1], 'int64')])
}

/** x W' + b, with one row of W per score. */
function linear(e: Expansion, rows: number): string | undefined {
  const coefficients = floats(e.node, 'coefficients')
  if (!coefficients || coefficients.length % rows !== 0) return undefined
  const x = asFloat(e, e.node.inputs[0] ?? '')
  const weights = e.constant('coefficients', coefficients, [rows, coefficients.length / rows])
  const biases = floats(e.node, 'intercepts')
  const bias = biases ? [e.constant('intercepts', biases, [biases.length])] : []
  return e.emit('Gemm', [x, weights, ...bias], { transB: { kind: 'int', value: 1 } })
}

function transformed(e: Expansion, scores: string): string | undefined {
  const rowWise: Attributes = { axis: { kind: 'int', value: -1 } }
  switch (stringAttribute(e.node, 'post_transform', 'NONE')) {
    case 'NONE':
      return scores
    case 'LOGISTIC':
      return e.emit('Sigmoid', [scores])
    case 'SOFTMAX':
      return e.emit('Softmax', [scores], rowWise)
    default:
      return undefined
  }
}

function asFloat(e: Expansion, name: string): string {
  if (e.dtypeOf(name) === 'float32') return name
  return e.emit('Cast', [name], { to: { kind: 'int', value: 1 } })
}

function rowOf(e: Expansion, what: string, values: readonly number[]): string {
  return e.constant(what, values, values.length === 1 ? [] : [1, values.length])
}

function floats(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name]
  return attribute?.kind === 'floats' && attribute.value.length > 0 ? attribute.value : undefined
}
