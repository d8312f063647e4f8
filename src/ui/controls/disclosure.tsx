/** @file "All options": shows more when asked. */

import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'

export function Disclosure({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) {
  const id = useId()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="disclosure"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={13} aria-hidden />
        {label}
      </button>
      <div id={id} hidden={!open} style={{ marginTop: 6 }}>
        {open ? children : null}
      </div>
    </>
  )
}
