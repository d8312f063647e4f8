/** @file A square button with an icon, a name and a tooltip. */

import type { LucideIcon } from 'lucide-react'
import { Tip } from './tip.tsx'

interface IconButtonProps {
  readonly icon: LucideIcon
  readonly label: string
  readonly shortcut?: string
  readonly disabled?: boolean
  readonly pressed?: boolean
  readonly small?: boolean
  readonly onClick: () => void
}

export function IconButton({
  icon: Icon,
  label,
  shortcut,
  disabled = false,
  pressed,
  small = false,
  onClick,
}: IconButtonProps) {
  return (
    <Tip text={label} {...(shortcut === undefined ? {} : { shortcut })}>
      <button
        type="button"
        className={small ? 'icon-button icon-button-small' : 'icon-button'}
        aria-label={label}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
      >
        <Icon size={small ? 14 : 16} aria-hidden />
      </button>
    </Tip>
  )
}
