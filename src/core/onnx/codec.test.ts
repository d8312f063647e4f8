import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Failure } from '../failure.ts'
import { floats, largestDifference, randomFeeds, runModel } from '../testing/run-model.ts'
import { decode, encode } from './codec.ts'
import { floatTensor, int64Scalar, readFloats, readNumbers } from './constants.ts'
import type { Attributes, Graph, Model, Node, ValueInfo } from './ir.ts'
import { writeMessage } from './wire.ts'

const MODELS = resolve(import.meta.dirname, '../../../parity/models')
const CASES = resolve(import.meta.dirname, '../../../../shared/reference/cases/onnx')

function read(path: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(path))
}

function failure(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('did not fail')
}

function node(op: string, inputs: string[], outputs: string[], attributes: Attributes = {}): Node {
  return { name: `${op}-${outputs.join()}`, domain: '', op, inputs, outputs, attributes }
}

function value(name: string, dims: (number | string | null)[], dtype = 'float32'): ValueInfo {
  return { name, dims, dtype: dtype as 'float32' }
}

function model(graph: Partial<Graph>): Model {
  return {
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 18]]),
    metadata: new Map(),
    graph: {
      name: 'g',
      inputs: [value('x', [2])],
      outputs: [value('y', [2])],
      nodes: [node('Relu', ['x'], ['y'])],
      initializers: new Map(),
      ...graph,
    },
  }
}

describe('files of real exporters', () => {
  const files = readdirSync(MODELS).filter((name) => name.endsWith('.onnx'))
  it.each(files)('%s predicts the same after decode and encode', async (name) => {
    const bytes = read(resolve(MODELS, name))
    const original = decode(bytes)
    const feeds = randomFeeds(original)
    const before = await runModel(original, feeds, { bytes })
    const after = await runModel(original, feeds)
    expect(largestDifference(before, after)).toBe(0)
    expect(decode(encode(original))).toEqual(original)
  })

  const cases = existsSync(CASES) ? readdirSync(CASES).filter((f) => f.endsWith('.onnx')) : []
  it.skipIf(cases.length === 0)('the reference cases survive (skipped when not there)', () => {
    for (const name of cases) {
      const original = decode(read(resolve(CASES, name)))
      expect(decode(encode(original)), name).toEqual(original)
    }
  })
})

describe('decode', () => {
  const old = () => decode(read(resolve(MODELS, 'old-storage.onnx')))

  it('takes initializers out of the inputs and keeps what describes the model', () => {
    const { graph, metadata, producer, opsets, irVersion } = old()
    expect(graph.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: ['batch', 3] }])
    expect(graph.outputs[0]).toEqual({ name: 'y', dtype: 'float32', dims: [null, 2] })
    expect([...metadata]).toEqual([
      ['saliscope.card', '{"name": "café"}'],
      ['note', 'kept'],
    ])
    expect(producer).toBe('by hand 7')
    expect(opsets.get('')).toBe(9)
    expect(irVersion).toBe(4)
  })

  it('reads every typed storage form', () => {
    const { initializers } = old().graph
    const numbers = (name: string) => readNumbers(initializers.get(name)!)
    expect(numbers('w')).toEqual([1.5, -2, 0.25, 4, -5, 6])
    expect(numbers('h')).toEqual([1.5, -0.0999755859375])
    expect(numbers('i')).toEqual([-1, 2])
    expect(numbers('d')).toEqual([0.1, -2e300])
    expect(numbers('s')).toEqual([-3, 7])
    expect(numbers('t')).toEqual([1, 0])
    expect(numbers('n')).toEqual([-7])
  })

  it('names every node once', () => {
    const names = old().graph.nodes.map((each) => each.name)
    expect(new Set(names).size).toBe(names.length)
    expect(names[0]).toBe('MatMul:m')
    const twins = [node('Relu', ['x'], ['a']), node('Relu', ['a'], ['y'])].map((each) => ({
      ...each,
      name: 'same',
    }))
    const again = decode(encode(model({ nodes: twins })))
    expect(again.graph.nodes.map((each) => each.name)).toEqual(['same', 'same_1'])
  })

  it('keeps weights as views into the file, at any alignment', () => {
    const weights = Float32Array.from({ length: 1000 }, (_, index) => index / 7)
    const file = encode(
      model({
        nodes: [node('Add', ['x', 'w'], ['y'])],
        initializers: new Map([['w', floatTensor(weights)]]),
      }),
    )
    for (const shift of [0, 1, 2, 3]) {
      const buffer = new Uint8Array(file.length + shift)
      buffer.set(file, shift)
      const w = decode(buffer.subarray(shift)).graph.initializers.get('w')!
      expect(w.bytes.buffer).toBe(buffer.buffer)
      expect(readFloats(w)).toEqual(weights)
    }
  })

  it('inlines functions: attributes, defaults, nesting, omitted outputs', async () => {
    const bytes = read(resolve(MODELS, 'functions.onnx'))
    const inlined = decode(bytes)
    expect(inlined.graph.nodes.every((each) => each.domain === '')).toBe(true)
    const x = [-4, 2, -1, 3, 0.5, -8]
    const leak = (slope: number) => (v: number) => (v < 0 ? v * slope : v)
    const b = [1, -2, 3]
    const twice = (slope: number, from: number[]) =>
      from
        .map(leak(slope))
        .map(leak(slope))
        .map((v, index) => v + b[index % 3]!)
    const expected = twice(0.5, twice(0.25, x)).map((v, index) => v + x[index]!)
    const { out } = await runModel(inlined, { x: floats(x, [2, 3]) })
    expect([...out!.data]).toEqual(expected)
  })

  it.each([
    [
      'text',
      new TextEncoder().encode('epoch,loss\n1,0.5\n'),
      /Not an ONNX model: this is a text file/,
    ],
    ['a NIfTI volume', Uint8Array.of(0x5c, 1, 0, 0, 0, 0), /NIfTI-1 volume/],
    ['a PyTorch file', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /PyTorch .pt/],
    ['nothing', new Uint8Array(0), /an empty file/],
    ['zeros', new Uint8Array(400), /Not an ONNX model/],
    [
      'a Git LFS pointer',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'),
      /git lfs pull/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    const { kind, message: actual } = failure(() => decode(bytes))
    expect(kind).toBe('bad-file')
    expect(actual).toMatch(message)
  })

  it('refuses a file cut anywhere', () => {
    const whole = read(resolve(MODELS, 'picture-script-13.onnx'))
    for (let length = 1; length < whole.length - 40; length += 97) {
      expect(failure(() => decode(whole.slice(0, length))).kind).toBe('bad-file')
    }
  })

  it.each([
    [8, /opset 8; opsets 9 to 23 are supported/],
    [24, /opset 24; opsets 9 to 23/],
  ])('refuses opset %i', (version, message) => {
    const bytes = encode({ ...model({}), opsets: new Map([['', version]]) })
    expect(failure(() => decode(bytes))).toMatchObject({ kind: 'unsupported-model' })
    expect(failure(() => decode(bytes)).message).toMatch(message)
  })

  it('refuses a model without the ai.onnx opset', () => {
    const bytes = encode({ ...model({}), opsets: new Map([['com.microsoft', 1]]) })
    expect(failure(() => decode(bytes)).message).toMatch(/does not say which ai.onnx opset/)
  })

  it('refuses sub-graphs and names the node', () => {
    const body = model({}).graph
    const loop = node('Loop', ['n', '', 'x'], ['y'], { body: { kind: 'graph', value: body } })
    const { kind, message } = failure(() => decode(encode(model({ nodes: [loop] }))))
    expect(kind).toBe('unsupported-model')
    expect(message).toMatch(/Loop node "Loop-y"/)
  })

  /** A model file whose graph is written field by field. */
  const fileWith = (graph: Parameters<typeof writeMessage>[0]) =>
    writeMessage((file) => {
      file.int64(1, 8)
      file.message(8, (opset) => opset.int64(2, 18))
      file.message(7, graph)
    })

  it('refuses external data, sparse tensors and odd element types', () => {
    const external = fileWith((graph) =>
      graph.message(5, (tensor) => {
        tensor.text(8, 'w')
        tensor.int64(2, 1)
        tensor.message(13, (entry) => entry.text(1, 'location'))
        tensor.int64(14, 1)
      }),
    )
    expect(failure(() => decode(external)).message).toMatch(/tensor "w" are in a separate file/)
    const sparse = fileWith((graph) => graph.message(15, () => {}))
    expect(failure(() => decode(sparse)).message).toMatch(/sparse/)
    const float8 = fileWith((graph) =>
      graph.message(5, (tensor) => {
        tensor.text(8, 'w')
        tensor.int64(2, 17)
      }),
    )
    expect(failure(() => decode(float8)).message).toMatch(/element type 17/)
  })

  it('refuses a tensor whose data do not fill its shape', () => {
    const short = fileWith((graph) =>
      graph.message(5, (tensor) => {
        tensor.text(8, 'w')
        tensor.int64(2, 1)
        tensor.packedInt64s(1, [3])
        tensor.bytes(9, new Uint8Array(8))
      }),
    )
    expect(failure(() => decode(short)).message).toMatch(/"w" should hold 12 bytes/)
  })
})

describe('encode', () => {
  it('writes a Loop with its body, which runs', async () => {
    const body: Graph = {
      name: 'body',
      inputs: [value('i', [], 'int64'), value('go', [], 'bool'), value('acc', [2])],
      outputs: [value('go2', [], 'bool'), value('next', [2])],
      nodes: [node('Identity', ['go'], ['go2']), node('Add', ['acc', 'x'], ['next'])],
      initializers: new Map(),
    }
    const summed = model({
      nodes: [node('Loop', ['n', '', 'x'], ['y'], { body: { kind: 'graph', value: body } })],
      initializers: new Map([['n', int64Scalar(3)]]),
    })
    const { y } = await runModel(summed, { x: floats([1, -2], [2]) })
    expect([...y!.data]).toEqual([4, -8])
  })

  it('keeps every kind of attribute, and INT64_MAX', () => {
    const attributes: Attributes = {
      f: { kind: 'float', value: 0.5 },
      fs: { kind: 'floats', value: [1, -2.5] },
      i: { kind: 'int', value: -7 },
      is: { kind: 'ints', value: [Number.MAX_SAFE_INTEGER, -1, 300, Number.MIN_SAFE_INTEGER] },
      s: { kind: 'string', value: 'größe' },
      ss: { kind: 'strings', value: ['a', ''] },
      t: { kind: 'tensor', value: floatTensor([1, 2]) },
      empty: { kind: 'ints', value: [] },
    }
    const once = encode(model({ nodes: [node('Relu', ['x'], ['y'], attributes)] }))
    expect(decode(once).graph.nodes[0]!.attributes).toEqual(attributes)
    // 2^63 - 1 as a varint is eight 0xff bytes and 0x7f.
    const hex = Array.from(once, (byte) => byte.toString(16).padStart(2, '0')).join('')
    expect(hex).toContain('ffffffffffffffff7f')
  })

  it('keeps strings and 4-bit integers', () => {
    const text = new TextEncoder().encode('naïve')
    const strings = new Uint8Array(4 + text.length + 4)
    strings[0] = text.length
    strings.set(text, 4)
    const initializers = new Map([
      ['s', { dtype: 'string' as const, dims: [2], bytes: strings }],
      ['q', { dtype: 'int4' as const, dims: [3], bytes: Uint8Array.of(0x9f, 0x07) }],
    ])
    const again = decode(encode(model({ initializers }))).graph.initializers
    expect(again).toEqual(initializers)
    expect(readNumbers(again.get('q')!)).toEqual([-1, -7, 7])
  })
})
