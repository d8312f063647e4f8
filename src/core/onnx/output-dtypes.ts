/** @file Element types of an operator's outputs; nearly always that of its first input. */

import { dtypeOfCode } from './dtypes.ts'
import type { DType, Node } from './ir.ts'

type Rule = (node: Node, inputs: readonly DType[]) => readonly DType[]

const first = (inputs: readonly DType[]): DType => inputs[0] ?? 'other'
const all =
  (...dtypes: readonly DType[]): Rule =>
  () =>
    dtypes
const like =
  (index: number): Rule =>
  (_, inputs) => [inputs[index] ?? 'other']
/** The type that an attribute names by its ONNX number. */
const named =
  (attribute: string, otherwise: DType | 'first'): Rule =>
  (node, inputs) => {
    const value = node.attributes[attribute]
    if (value?.kind === 'int') return [dtypeOfCode(value.value)]
    return [otherwise === 'first' ? first(inputs) : otherwise]
  }
const withIndices: Rule = (_, inputs) => [first(inputs), 'int64', 'int64', 'int64']
const sequence = all('other')

const RULES: Readonly<Record<string, Rule>> = {
  And: all('bool'),
  ArgMax: all('int64'),
  ArgMin: all('int64'),
  Bernoulli: named('dtype', 'first'),
  BlackmanWindow: named('output_datatype', 'float32'),
  Cast: named('to', 'other'),
  CastLike: like(1),
  ConcatFromSequence: sequence,
  Constant: constantDtype,
  ConstantOfShape: (node) => {
    const { value } = node.attributes
    return [value?.kind === 'tensor' ? value.value.dtype : 'float32']
  },
  ConvInteger: all('int32'),
  DequantizeLinear: like(1),
  Dropout: (_, inputs) => [first(inputs), 'bool'],
  DynamicQuantizeLinear: all('uint8', 'float32', 'uint8'),
  Equal: all('bool'),
  EyeLike: named('dtype', 'first'),
  Greater: all('bool'),
  GreaterOrEqual: all('bool'),
  HammingWindow: named('output_datatype', 'float32'),
  HannWindow: named('output_datatype', 'float32'),
  IsInf: all('bool'),
  IsNaN: all('bool'),
  LayerNormalization: (_, inputs) => [first(inputs), 'float32', 'float32'],
  Less: all('bool'),
  LessOrEqual: all('bool'),
  MatMulInteger: all('int32'),
  MaxPool: withIndices,
  MelWeightMatrix: named('output_datatype', 'float32'),
  Multinomial: named('dtype', 'int32'),
  NonMaxSuppression: all('int64'),
  NonZero: all('int64'),
  Not: all('bool'),
  OneHot: like(2),
  Optional: sequence,
  OptionalGetElement: sequence,
  OptionalHasElement: all('bool'),
  Or: all('bool'),
  QLinearConv: like(7),
  QLinearMatMul: like(7),
  QuantizeLinear: (node, inputs) => {
    const { output_dtype: code } = node.attributes
    if (code?.kind === 'int' && code.value !== 0) return [dtypeOfCode(code.value)]
    return [inputs[2] ?? 'uint8']
  },
  RandomNormal: named('dtype', 'float32'),
  RandomNormalLike: named('dtype', 'first'),
  RandomUniform: named('dtype', 'float32'),
  RandomUniformLike: named('dtype', 'first'),
  SequenceAt: sequence,
  SequenceConstruct: sequence,
  SequenceEmpty: sequence,
  SequenceErase: sequence,
  SequenceInsert: sequence,
  SequenceLength: all('int64'),
  Shape: all('int64'),
  Size: all('int64'),
  SplitToSequence: sequence,
  TfIdfVectorizer: all('float32'),
  TopK: withIndices,
  Unique: withIndices,
  Where: like(1),
  Xor: all('bool'),
}

/** Classifiers name their classes by strings or by integers. */
const classifier: Rule = (node) => {
  const names = Object.entries(node.attributes).some(
    ([name, value]) =>
      name.endsWith('strings') && value.kind === 'strings' && value.value.length > 0,
  )
  return [names ? 'string' : 'int64', 'float32']
}

/** ai.onnx.ml: the operators whose output differs from float32. */
const ML_RULES: Readonly<Record<string, Rule>> = {
  ArrayFeatureExtractor: like(0),
  Binarizer: like(0),
  CategoryMapper: (_, inputs) => [first(inputs) === 'string' ? 'int64' : 'string'],
  DictVectorizer: sequence,
  Imputer: like(0),
  LabelEncoder: (node) => {
    const keys = Object.keys(node.attributes)
    if (keys.includes('values_strings')) return ['string']
    return [keys.includes('values_int64s') ? 'int64' : 'float32']
  },
  LinearClassifier: classifier,
  SVMClassifier: classifier,
  TreeEnsembleClassifier: classifier,
  ZipMap: sequence,
}

/** com.microsoft: what the runtime's quantiser writes, where the type is not that of the first input. */
const MICROSOFT_RULES: Readonly<Record<string, Rule>> = {
  DequantizeLinear: like(1),
  DynamicQuantizeLSTM: like(0),
  MatMulIntegerToFloat: all('float32'),
  // Without a scale for its output it gives real numbers.
  QGemm: (node, inputs) => [node.inputs[7] ? (inputs[8] ?? 'uint8') : 'float32'],
  QLinearConcat: like(1),
  QuantizeLinear: like(2),
}

const RULES_BY_DOMAIN: ReadonlyMap<string, Readonly<Record<string, Rule>>> = new Map([
  ['', RULES],
  ['ai.onnx.ml', ML_RULES],
  ['com.microsoft', MICROSOFT_RULES],
])

/** The element type of each output of `node`, 'other' for sequences, maps and unknown types. */
export function outputDtypes(node: Node, inputs: readonly DType[]): readonly DType[] {
  const rule = ruleFor(node)
  const known = rule === undefined ? [] : rule(node, inputs)
  const otherwise = node.domain === 'ai.onnx.ml' ? 'float32' : first(inputs)
  return node.outputs.map((_, index) => known[index] ?? otherwise)
}

function ruleFor(node: Node): Rule | undefined {
  const rules = RULES_BY_DOMAIN.get(node.domain)
  // Operator names come from the file: "constructor" must not find Object's own.
  return rules !== undefined && Object.hasOwn(rules, node.op) ? rules[node.op] : undefined
}

function constantDtype(node: Node): readonly DType[] {
  const { attributes } = node
  const { value } = attributes
  if (value?.kind === 'tensor') return [value.value.dtype]
  const dtypes = [
    ['value_float', 'float32'],
    ['value_floats', 'float32'],
    ['value_int', 'int64'],
    ['value_ints', 'int64'],
    ['value_string', 'string'],
    ['value_strings', 'string'],
  ] as const
  return [dtypes.find(([name]) => name in attributes)?.[1] ?? 'other']
}
