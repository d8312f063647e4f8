/** @file Sentences for the user, each shown next to what it is about, and the spoken announcement. */

import type { Slice } from './app-state.ts'

/** The part of the page a notice belongs to. */
export type NoticePlace = 'data' | 'export' | 'prediction' | 'run'

/** A way on, as data: the page knows how to offer each. */
export type NoticeAction =
  | { readonly kind: 'edit-card'; readonly label: string }
  | { readonly kind: 'open-files'; readonly label: string }
  | { readonly kind: 'use-method'; readonly label: string; readonly methodId: string }

export interface Notice {
  readonly id: number
  readonly place: NoticePlace
  readonly tone: 'caution' | 'error' | 'info'
  readonly text: string
  /** What can be copied for a report; null where the sentence is all there is. */
  readonly details: string | null
  readonly actions: readonly NoticeAction[]
}

export type NewNotice = Pick<Notice, 'place' | 'text'> & Partial<Omit<Notice, 'id'>>

export interface NoticeSlice {
  readonly notices: readonly Notice[]
  /** Read aloud by screen readers: finished runs and errors. */
  readonly announcement: string
  notify(notice: NewNotice): void
  dismissNotice(id: number): void
  /** Takes away what an earlier attempt at the same place left behind. */
  clearNotices(place: NoticePlace): void
  announce(text: string): void
}

/** The rail that shows the notices of a place. */
const drawerOf: Readonly<Record<NoticePlace, 'left' | 'right'>> = {
  data: 'left',
  export: 'right',
  prediction: 'left',
  run: 'right',
}

export const createNoticeSlice = (): Slice<NoticeSlice> => (set, get) => {
  let lastId = 0
  return {
    notices: [],
    announcement: '',
    notify({ place, text, tone = 'error', details = null, actions = [] }) {
      const same = get().notices.filter((notice) => notice.text !== text)
      const notice: Notice = { id: ++lastId, place, text, tone, details, actions }
      set({ notices: [...same, notice], announcement: text })
      // On a narrow page the rail that tells it may be folded away.
      if (tone === 'error') get().setDrawer(drawerOf[place])
    },
    dismissNotice(id) {
      set({ notices: get().notices.filter((notice) => notice.id !== id) })
    },
    clearNotices(place) {
      if (!get().notices.some((notice) => notice.place === place)) return
      set({ notices: get().notices.filter((notice) => notice.place !== place) })
    },
    announce: (announcement) => set({ announcement }),
  }
}
