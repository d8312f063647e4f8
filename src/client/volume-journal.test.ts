import { expect, test } from 'vitest'
import type { OpenedVolume } from '../rpc/volume-api.ts'
import { createVolumeJournal } from './volume-journal.ts'

const request = (name: string) => ({ name, bytes: new TextEncoder().encode(`bytes of ${name}`) })
const reply = (id: string) => ({ id }) as OpenedVolume

test('ids outlive the worker: after a replay they name the same files in the new one', async () => {
  const journal = createVolumeJournal()
  const open = (name: string, id: string) =>
    journal.opened(request(name), new Blob([request(name).bytes]), reply(id)).id
  const t1 = open('t1.nii', 'a')
  const mask = open('mask.nii', 'b')
  const flair = open('flair.nii', 'c')
  expect(journal.translate({ maskId: mask, volumeId: t1, label: 2 })).toEqual({
    maskId: 'b',
    volumeId: 'a',
    label: 2,
  })
  journal.closed(mask)

  const opened: string[] = []
  await journal.replay(async ({ name, bytes }) => {
    opened.push(`${name}: ${new TextDecoder().decode(bytes)}`)
    // A fresh worker counts from the start: its ids collide with those of the old one.
    return reply(opened.length === 1 ? 'a' : 'b')
  })
  expect(opened).toEqual(['t1.nii: bytes of t1.nii', 'flair.nii: bytes of flair.nii'])
  expect(journal.translate({ volumeIds: [flair, t1] })).toEqual({ volumeIds: ['b', 'a'] })
  expect(new Set([t1, mask, flair, open('x', 'c')]).size).toBe(4)
})
