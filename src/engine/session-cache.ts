import type { Session } from './runtime.ts'

export interface OpenSession {
  readonly session: Session
  /** Names to fetch, in the order the model declares them. */
  readonly outputs: readonly string[]
  /** Size of the model it was made from. */
  readonly bytes: number
}

export interface SessionCache {
  /** The session of that key; `open` is only called when it is not there. */
  get(key: string, open: () => Promise<OpenSession>): Promise<OpenSession>
  clear(): Promise<void>
}

/**
 * Keeps the most recently used sessions and releases the others: opening one costs seconds for a
 * large model, keeping one costs its weights. `maxBytes` bounds the models that are kept.
 */
export function createSessionCache(maxSessions: number, maxBytes: number): SessionCache {
  // A Map keeps insertion order: the first key is the one not used for longest.
  const kept = new Map<string, Promise<OpenSession>>()
  const sizes = new Map<string, number>()

  const evict = async () => {
    for (const [key, opened] of [...kept]) {
      const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
      if (kept.size <= maxSessions && (total <= maxBytes || kept.size === 1)) return
      kept.delete(key)
      sizes.delete(key)
      const { session } = await opened
      await session.release()
    }
  }

  return {
    async get(key, open) {
      const known = kept.get(key)
      if (known) {
        kept.delete(key)
        kept.set(key, known)
        return known
      }
      const opening = open()
      kept.set(key, opening)
      try {
        const opened = await opening
        sizes.set(key, opened.bytes)
        await evict()
        return opened
      } catch (error) {
        kept.delete(key)
        throw error
      }
    },
    async clear() {
      const all = await Promise.allSettled(kept.values())
      kept.clear()
      sizes.clear()
      for (const each of all) {
        if (each.status === 'fulfilled') await each.value.session.release()
      }
    },
  }
}
