/** @file The small (i): what something means, one hover, focus or click away. */

import { Info as InfoIcon } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type ReactNode, useRef, useState } from 'react'

interface InfoProps {
  /** Accessible name: "About mass in truth". */
  readonly label: string
  readonly children: ReactNode
  /** Replaces the icon; the button then carries this class. */
  readonly trigger?: { readonly content: ReactNode; readonly className: string }
}

/** Opens on hover and focus; a click keeps it open and moves the focus inside. */
export function Info({ label, children, trigger }: InfoProps) {
  const [open, setOpen] = useState(false)
  const pinned = useRef(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const later = (action: () => void, ms: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(action, ms)
  }
  const leave = () => later(() => !pinned.current && setOpen(false), 160)
  const show = (next: boolean) => {
    clearTimeout(timer.current)
    pinned.current = next
    setOpen(next)
  }
  return (
    <Popover.Root open={open} onOpenChange={show}>
      <Popover.Trigger
        className={trigger?.className ?? 'info-button'}
        aria-label={label}
        onPointerEnter={(event) => event.pointerType === 'mouse' && later(() => setOpen(true), 220)}
        onPointerLeave={leave}
        onFocus={(event) => event.target.matches(':focus-visible') && setOpen(true)}
        onBlur={leave}
        onClick={(event) => {
          event.preventDefault()
          show(!pinned.current)
        }}
      >
        {trigger?.content ?? <InfoIcon size={14} aria-hidden />}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover"
          aria-label={label}
          sideOffset={5}
          collisionPadding={8}
          onOpenAutoFocus={(event) => !pinned.current && event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onPointerEnter={() => clearTimeout(timer.current)}
          onPointerLeave={leave}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
