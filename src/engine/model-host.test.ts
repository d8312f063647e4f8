import { expect, test } from 'vitest'
import { Failure } from '../core/failure.ts'
import { createModelHost, type RuntimeChoice } from './model-host.ts'
import type { Runtime } from './runtime.ts'
import { createNodeRuntime } from './runtime-node.ts'
import { bytesOf, classifier, randomTensor, segmenter } from './testing/small-networks.ts'

const native = createNodeRuntime({ threads: 1 })
const x = randomTensor([1, 1, 6, 6, 6], 3)

/** The native runtime in a browser's clothes; as a GPU it is lost after `healthyRuns` runs. */
function createHost(healthyRuns: number, kind: 'device-lost' | 'shape-mismatch' = 'device-lost') {
  const choices: RuntimeChoice[] = []
  const host = createModelHost(async (choice): Promise<Runtime> => {
    choices.push(choice)
    const isGpu = choice.prefer !== 'wasm'
    const provider = {
      id: isGpu ? 'webgpu' : 'wasm',
      threads: 1,
      label: isGpu ? 'WebGPU, test' : 'WASM, 1 thread',
      reason: choice.because ?? 'chosen',
    } as const
    let left = healthyRuns
    return {
      provider,
      limits: native.limits,
      async createSession(model, options) {
        const session = await native.createSession(model, options)
        return {
          ...session,
          async run(feeds, fetches) {
            left -= 1
            if (isGpu && left < 0) throw new Failure(kind, 'The graphics device was lost.')
            return session.run(feeds, fetches)
          },
        }
      },
    }
  })
  return { host, choices }
}

const predict = (host: ReturnType<typeof createHost>['host'], moved: string[] = []) =>
  host.use(
    async (model) => ({ id: model.runtime.provider.id, ...(await model.predict([x])) }),
    (reason) => moved.push(reason),
  )

test('nothing runs before a model is open', async () => {
  await expect(predict(createHost(9).host)).rejects.toMatchObject({ kind: 'bad-request' })
})

test('a lost device moves the model to WASM, runs again, says why, and stays there', async () => {
  const { host, choices } = createHost(2)
  const moved: string[] = []
  await host.open(bytesOf(classifier()), 'auto')
  const before = await predict(host, moved)
  expect(before.id).toBe('webgpu')
  const other = randomTensor([1, 1, 6, 6, 6], 4)
  const after = await host.use(
    async (model) => ({ id: model.runtime.provider, ...(await model.predict([other])) }),
    (reason) => moved.push(reason),
  )
  expect(after.id).toMatchObject({ id: 'wasm', reason: 'the graphics device was lost' })
  expect(after.outputs[0]!.tensor.dims).toEqual([1, 3])
  expect(moved).toEqual(['the graphics device was lost'])
  expect((await predict(host)).id).toBe('wasm')
  // The next model does not try the lost device again.
  expect((await host.open(bytesOf(segmenter()), 'auto')).runtime.provider.id).toBe('wasm')
  expect(choices).toHaveLength(2)
})

test('a mistake of the user is not blamed on the GPU', async () => {
  const { host, choices } = createHost(1, 'shape-mismatch')
  await host.open(bytesOf(classifier()), 'webgpu')
  await expect(predict(host)).rejects.toMatchObject({ kind: 'shape-mismatch' })
  expect(choices).toHaveLength(1)
})

test('a file that cannot be opened leaves the open model in place', async () => {
  const { host } = createHost(100)
  await host.open(bytesOf(classifier()), 'wasm')
  const text = new TextEncoder().encode('not a model at all, only words')
  await expect(host.open(text, 'wasm')).rejects.toMatchObject({ kind: 'bad-file' })
  expect((await predict(host)).outputs[0]!.tensor.dims).toEqual([1, 3])
})
