import { describe, expect, test } from 'vitest'
import { tinyModel } from '../core/testing/tiny-models.ts'
import type { RuntimeTensor } from './runtime.ts'
import { createNodeRuntime } from './runtime-node.ts'
import { bytesOf, classifier, glutton } from './testing/small-networks.ts'

const runtime = createNodeRuntime({ threads: 1 })
const floats = (dims: readonly number[]): RuntimeTensor => ({
  dtype: 'float32',
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1.5),
})

async function run(
  model: ReturnType<typeof tinyModel>,
  x: RuntimeTensor,
  fetches: readonly string[] = [model.graph.outputs[0]!.name],
) {
  const session = await runtime.createSession(bytesOf(model))
  return session.run({ x }, fetches)
}

test('says what it is', () => {
  expect(runtime.provider).toMatchObject({ id: 'native', threads: 1, label: 'native, 1 thread' })
  expect(createNodeRuntime({ threads: 3 }).provider.label).toBe('native, 3 threads')
  expect(runtime.limits().totalBytes).toBeGreaterThan(2 ** 27)
})

test('every element type goes in and comes out', async () => {
  const types = {
    bool: 9,
    float16: 10,
    float64: 11,
    int64: 7,
    int32: 6,
    uint8: 2,
    int8: 3,
  } as const
  for (const [dtype, to] of Object.entries(types)) {
    const model = tinyModel({
      inputs: { x: [3] },
      nodes: [
        { op: 'Cast', inputs: ['x'], attributes: { to } },
        { op: 'Cast', inputs: ['y0'], attributes: { to: 1 } },
      ],
    })
    const [output] = model.graph.outputs
    const both = {
      ...model,
      graph: {
        ...model.graph,
        outputs: [{ name: 'y0', dtype: dtype as keyof typeof types, dims: [3] }, output!],
      },
    }
    const x = { dtype: 'float32', dims: [3], data: new Float32Array([0, 1, 2]) } as const
    const { y0, y1 } = await run(both, x, ['y0', 'y1'])
    expect(y0).toMatchObject({ dtype, dims: [3] })
    const expected =
      dtype === 'float16' ? [0, 0x3c00, 0x4000] : dtype === 'bool' ? [0, 1, 1] : [0, 1, 2]
    expect(Array.from(y0!.data as Iterable<number>, Number)).toEqual(expected)
    expect([...(y1!.data as Float32Array)]).toEqual(dtype === 'bool' ? [0, 1, 1] : [0, 1, 2])
  }
})

test('runs that overlap are put in order; release waits for them', async () => {
  const session = await runtime.createSession(bytesOf(classifier()))
  const runs = [1, 2, 3].map((rows) => session.run({ x: floats([rows, 1, 4, 4, 4]) }, ['y7']))
  const released = session.release()
  const results = await Promise.all(runs)
  expect(results.map(({ y7 }) => y7!.dims[0])).toEqual([1, 2, 3])
  await released
  await session.release()
  await expect(session.run({ x: floats([1, 1, 4, 4, 4]) }, ['y7'])).rejects.toThrow('released')
})

describe('errors become one sentence', () => {
  test.each([
    [[1, 1, 4, 4], 'Input "x" has 4 axes, but the model takes 5.'],
    [
      [1, 2, 4, 4, 4],
      'Input "x" does not have the shape that the model takes: axis 1 is 2 where it takes 1.',
    ],
  ])('input %j', async (dims, message) => {
    await expect(run(classifier(), floats(dims))).rejects.toMatchObject({
      name: 'Failure',
      kind: 'shape-mismatch',
      message,
    })
  })

  test('a node that fails is named, without the source position in C++', async () => {
    const model = tinyModel({
      inputs: { x: [] },
      constants: { shape: { dtype: 'int64', dims: [2], bytes: longs(-1, 8) } },
      nodes: [{ op: 'Reshape', inputs: ['x', 'shape'] }],
    })
    const dynamic = {
      ...model,
      graph: {
        ...model.graph,
        inputs: [{ name: 'x', dtype: 'float32', dims: ['n'] }],
      },
    } as const
    const failure = await run(dynamic, floats([10])).catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'shape-mismatch' })
    const { message } = failure as Error
    expect(message).toContain('it stopped in Reshape "Reshape_0"')
    expect(message).toContain('cannot be reshaped')
    expect(message).not.toMatch(/\.(cc|h):|onnxruntime/)
  })

  test('wrong element type, unknown operator, no model, no memory', async () => {
    const x = { dtype: 'float64', dims: [1, 1, 4, 4, 4], data: new Float64Array(64) } as const
    await expect(run(classifier(), x)).rejects.toMatchObject({
      kind: 'bad-request',
      message: 'An input is of type double, but the model takes float.',
    })
    const unknown = tinyModel({ inputs: { x: [1] }, nodes: [{ op: 'Frobnicate', inputs: ['x'] }] })
    await expect(run(unknown, floats([1]))).rejects.toMatchObject({
      kind: 'unsupported-model',
      message: expect.stringContaining('Frobnicate'),
    })
    await expect(runtime.createSession(new Uint8Array([1, 2, 3, 4]))).rejects.toMatchObject({
      kind: 'bad-file',
    })
    await expect(run(glutton(), floats([1]))).rejects.toMatchObject({
      kind: 'out-of-memory',
      message: expect.stringMatching(/ran out of memory \(it asked for another \d+\.\d GB\)/),
    })
  })

  test('a tensor whose data does not fill its shape never reaches the runtime', async () => {
    const x = { dtype: 'float32', dims: [1, 1, 4, 4, 4], data: new Float32Array(63) } as const
    await expect(run(classifier(), x)).rejects.toMatchObject({ kind: 'shape-mismatch' })
  })
})

function longs(...values: number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
}
