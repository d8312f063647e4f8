/** @file The cases that come with the page. */

import { ChevronDown } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { isConcealed } from '../store/concealed.ts'
import { isGuessable } from '../store/guessable.ts'
import { caseName } from '../store/neutral-names.ts'
import { openEntry } from '../store/open-entry.ts'
import { useApp } from './use-app.ts'

export function CaseMenu() {
  const groups = useApp((app) => app.galleryGroups)
  const gallery = useApp((app) => app.gallery)
  const isHidden = useApp(isConcealed)
  const openId = useApp((app) => openEntry(app)?.caseId ?? '')
  const isEmpty = useApp((app) => app.images.length === 0 && app.model === null)
  const name = useApp((app) => {
    const entry = openEntry(app)
    return entry && caseName(app, entry)
  })
  const openCase = useApp((app) => app.openCase)
  const open = (id: string) => {
    const first = gallery.find((card) => card.id === id)?.subjects[0]?.id
    if (first !== undefined) void openCase(first)
  }
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        className="button button-quiet"
        style={{ minWidth: 0, flexShrink: 1 }}
        disabled={gallery.length === 0}
      >
        {isHidden ? null : <span className="faint wide-only">Case</span>}{' '}
        <span className="ellipsis">{name ?? (isEmpty ? 'choose' : 'own files')}</span>
        <ChevronDown size={14} aria-hidden style={{ flex: 'none' }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup value={openId} onValueChange={open}>
            {isHidden
              ? gallery.filter(isGuessable).map((card) => (
                  <DropdownMenu.RadioItem key={card.id} className="menu-item" value={card.id}>
                    Case {gallery.indexOf(card) + 1}
                  </DropdownMenu.RadioItem>
                ))
              : groups.map(({ title, cases }) => (
                  <DropdownMenu.Group key={title}>
                    <DropdownMenu.Label className="menu-label">{title}</DropdownMenu.Label>
                    {cases.map((card) => (
                      <DropdownMenu.RadioItem key={card.id} className="menu-item" value={card.id}>
                        <span>{card.title}</span>
                        <span className="menu-note">{card.question}</span>
                      </DropdownMenu.RadioItem>
                    ))}
                  </DropdownMenu.Group>
                ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
