/** @file A tooltip: the name of a control and its shortcut key. */

import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'

export function Tip({
  text,
  shortcut,
  children,
}: {
  readonly text: string
  readonly shortcut?: string
  readonly children: ReactNode
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={5} collisionPadding={8}>
          {text}
          {shortcut ? <kbd>{shortcut}</kbd> : null}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
