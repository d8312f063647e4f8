/** @file The cases that come with the page. */

import { ChevronDown } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useApp } from './use-app.ts'

export function CaseMenu() {
  const cases = useApp((app) => app.cases)
  const caseId = useApp((app) => app.caseId)
  const caseTitle = useApp((app) => app.caseTitle)
  const isEmpty = useApp((app) => app.images.length === 0 && app.model === null)
  const shown = caseTitle ?? (isEmpty ? 'choose' : 'own files')
  const openCase = useApp((app) => app.openCase)
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        className="button button-quiet"
        style={{ minWidth: 0, flexShrink: 1 }}
        disabled={cases.length === 0}
      >
        <span className="faint wide-only">Case</span> <span className="ellipsis">{shown}</span>
        <ChevronDown size={14} aria-hidden style={{ flex: 'none' }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup value={caseId ?? ''} onValueChange={(id) => void openCase(id)}>
            {cases.map(({ id, title, summary }, index) => (
              <DropdownMenu.RadioItem key={id} className="menu-item" value={id}>
                <span>{title}</span>
                {summary && summary !== cases[index - 1]?.summary ? (
                  <span className="menu-note">{summary}</span>
                ) : null}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
