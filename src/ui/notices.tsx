/** @file Sentences next to what they are about, each with a way on. */

import { X } from 'lucide-react'
import { useState } from 'react'
import type { Notice, NoticeAction, NoticePlace } from '../store/notice-slice.ts'
import { IconButton } from './controls/icon-button.tsx'
import { useOpenFiles } from './open-files-context.ts'
import { useApp, useAppParts } from './use-app.ts'

export function Notices({ place }: { readonly place: NoticePlace }) {
  const notices = useAppParts((app) => app.notices.filter((notice) => notice.place === place))
  return notices.map((notice) => <NoticeBox key={notice.id} notice={notice} />)
}

function NoticeBox({ notice }: { readonly notice: Notice }) {
  const dismiss = useApp((app) => app.dismissNotice)
  const [copied, setCopied] = useState(false)
  const { details } = notice
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <div
      className="notice"
      data-tone={notice.tone}
      role={notice.tone === 'error' ? 'alert' : 'status'}
    >
      <span>{notice.text}</span>
      <IconButton icon={X} label="Dismiss" small onClick={() => dismiss(notice.id)} />
      {notice.actions.length > 0 || details !== null ? (
        <span className="notice-actions">
          {notice.actions.map((action) => (
            <ActionButton key={action.label} action={action} notice={notice} />
          ))}
          {details === null ? null : (
            <button
              type="button"
              className="button-link"
              onClick={() => void copy(`${notice.text}\n\n${details}`)}
            >
              {copied ? 'Copied' : 'Copy details'}
            </button>
          )}
        </span>
      ) : null}
    </div>
  )
}

function ActionButton({
  action,
  notice,
}: {
  readonly action: NoticeAction
  readonly notice: Notice
}) {
  const chooseMethod = useApp((app) => app.chooseMethod)
  const openDialog = useApp((app) => app.openDialog)
  const dismiss = useApp((app) => app.dismissNotice)
  const openFiles = useOpenFiles()
  const act = () => {
    switch (action.kind) {
      case 'edit-card':
        return openDialog('card')
      case 'open-files':
        return openFiles()
      case 'use-method':
        chooseMethod(action.methodId)
        return dismiss(notice.id)
    }
  }
  return (
    <button type="button" className="button-link" onClick={act}>
      {action.label}
    </button>
  )
}
