import { expect, test } from 'vitest'
import { createSessionCache, type OpenSession } from './session-cache.ts'

function create(maxSessions: number, maxBytes = 1000) {
  const cache = createSessionCache(maxSessions, maxBytes)
  const log: string[] = []
  const open = (key: string, bytes = 1) =>
    cache.get(key, async (): Promise<OpenSession> => {
      log.push(`open ${key}`)
      const session = {
        run: async () => ({}),
        release: async () => {
          log.push(`release ${key}`)
        },
      }
      return { session, outputs: [], bytes }
    })
  return { cache, log, open }
}

test('releases what was not used for longest', async () => {
  const { log, open } = create(2)
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await open(key)
  expect(log).toEqual(['open a', 'open b', 'open c', 'release b', 'open b', 'release c'])
})

test('bounds the bytes of what is kept, but keeps the last one whatever its size', async () => {
  const { log, open } = create(4, 100)
  await open('a', 60)
  await open('b', 30)
  await open('c', 50)
  await open('d', 500)
  expect(log).toEqual([
    'open a',
    'open b',
    'open c',
    'release a',
    'open d',
    'release b',
    'release c',
  ])
})

test('two who ask at once share one session; a failed opening is tried again', async () => {
  const { cache, log, open } = create(2)
  const [first, second] = await Promise.all([open('a'), open('a')])
  expect(first).toBe(second)
  expect(log).toEqual(['open a'])
  const failing = () => Promise.reject(new Error('no memory'))
  await expect(cache.get('b', failing)).rejects.toThrow('no memory')
  await open('b')
  expect(log).toEqual(['open a', 'open b'])
  await cache.clear()
  expect(log).toEqual(['open a', 'open b', 'release a', 'release b'])
})
