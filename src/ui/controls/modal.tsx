/** @file A dialog with a title, a scrolling body and a row of actions. */

import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type CSSProperties, type ReactNode, useRef } from 'react'

export function Modal({
  title,
  description,
  width = 620,
  open,
  onClose,
  actions,
  children,
}: {
  readonly title: string
  readonly description?: string
  readonly width?: number
  readonly open: boolean
  readonly onClose: () => void
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  const opener = useRef<Element | null>(null)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog"
          style={{ '--dialog-width': `${width}px` } as CSSProperties}
          // Opened by the store and not by a Dialog.Trigger, so the focus finds its way back by hand.
          onOpenAutoFocus={() => {
            opener.current = document.activeElement
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            // What the dialog led to may have taken it already: a lesson's first step.
            const isFree = document.activeElement === document.body
            if (isFree && opener.current instanceof HTMLElement) opener.current.focus()
          }}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="dialog-head">
            <div>
              <Dialog.Title asChild>
                <h2>{title}</h2>
              </Dialog.Title>
              {description === undefined ? null : (
                <Dialog.Description asChild>
                  <p>{description}</p>
                </Dialog.Description>
              )}
            </div>
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={16} aria-hidden />
            </Dialog.Close>
          </div>
          <section className="dialog-body" aria-label={title}>
            {children}
          </section>
          {actions ? <div className="dialog-foot">{actions}</div> : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
