/** @file A choice from a long list: opens on a search field, in groups, with what is known about each entry beside it. */

import { ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { type ChooserGroup, type ChooserOption, filterGroups } from './filter-groups.ts'

interface ChooserProps {
  readonly label: string
  readonly value: string
  /** On the closed field. */
  readonly shown: ReactNode
  readonly groups: readonly ChooserGroup[]
  /** Name and placeholder of the search field: "Search methods". */
  readonly searchLabel: string
  readonly disabled?: boolean
  /** Beside the label: an (i). */
  readonly aside?: ReactNode
  /** About the entry that is pointed at. */
  readonly detail?: (option: ChooserOption) => ReactNode
  /** An entry made of what was typed, offered last; null where the text makes none. */
  readonly free?: (text: string) => ChooserOption | null
  /** In place of an empty list. */
  readonly empty?: string
  readonly onChange: (value: string) => void
}

export function Chooser({ label, shown, disabled = false, aside, ...list }: ChooserProps) {
  const id = useId()
  const [open, setOpen] = useState(false)
  return (
    <div className="field">
      <span className="field-label">
        <span id={`${id}-label`}>{label}</span>
        {aside}
      </span>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <button
            type="button"
            id={`${id}-value`}
            className="select-trigger"
            role="combobox"
            aria-haspopup="listbox"
            aria-expanded={open}
            aria-controls={open ? `${id}-list` : undefined}
            aria-labelledby={`${id}-label ${id}-value`}
            disabled={disabled}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowDown') return
              event.preventDefault()
              setOpen(true)
            }}
          >
            <span>{shown}</span>
            <ChevronDown size={14} aria-hidden />
          </button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            className="chooser"
            data-has-detail={list.detail !== undefined}
            data-is-long={list.groups.flatMap(({ options }) => options).length > 12}
            aria-label={label}
            align="end"
            sideOffset={4}
            collisionPadding={8}
          >
            <ChooserList {...list} id={id} onDone={() => setOpen(false)} />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </div>
  )
}

type ListProps = Pick<
  ChooserProps,
  'detail' | 'empty' | 'free' | 'groups' | 'onChange' | 'searchLabel' | 'value'
> & { readonly id: string; readonly onDone: () => void }

function ChooserList(props: ListProps) {
  const { id, groups, value, searchLabel, detail, free, empty, onChange, onDone } = props
  const [text, setText] = useState('')
  const [pointed, setPointed] = useState<string | null>(null)
  const found = filterGroups(groups, text)
  const typed = text.trim() === '' ? null : (free?.(text.trim()) ?? null)
  const isNew = typed !== null && !found.some(({ options }) => has(options, typed.value))
  const all = isNew ? [...found, { label: null, options: [typed] }] : found
  const options = all.flatMap((group) => group.options)
  const active = options.find((option) => option.value === pointed) ?? startOf(options, value, text)

  const take = (option: ChooserOption | undefined) => {
    if (!option || option.disabled) return
    onChange(option.value)
    onDone()
  }
  const move = (event: KeyboardEvent, to: number) => {
    event.preventDefault()
    const next = options[Math.max(0, Math.min(options.length - 1, to))]
    if (!next) return
    setPointed(next.value)
    document.getElementById(optionId(id, next.value))?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = active ? options.indexOf(active) : -1
    if (event.key === 'ArrowDown') move(event, at + 1)
    if (event.key === 'ArrowUp') move(event, at - 1)
    if (event.key === 'PageDown') move(event, at + 6)
    if (event.key === 'PageUp') move(event, at - 6)
    if (event.key === 'Enter') {
      event.preventDefault()
      take(active)
    }
  }
  return (
    <>
      <input
        className="input chooser-search"
        role="combobox"
        aria-label={searchLabel}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active ? optionId(id, active.value) : undefined}
        placeholder={searchLabel}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setPointed(null)
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id={`${id}-list`}
        className="chooser-list"
        role="listbox"
        aria-label={searchLabel}
        ref={(list) => {
          list?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
        }}
      >
        {all.map((group, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a list box
          <div
            key={group.label ?? `group ${index}`}
            role="group"
            aria-label={group.label ?? undefined}
          >
            {group.label ? (
              <div className="menu-label" aria-hidden>
                {group.label}
                {group.note ? <span className="chooser-group-note">{group.note}</span> : null}
              </div>
            ) : null}
            {group.options.map((option) => (
              <Option
                key={option.value}
                id={optionId(id, option.value)}
                option={option}
                isChosen={option.value === value}
                isActive={option === active}
                describedBy={detail && option === active ? `${id}-detail` : undefined}
                onPoint={() => setPointed(option.value)}
                onTake={() => take(option)}
              />
            ))}
          </div>
        ))}
        {options.length === 0 ? (
          <p className="empty chooser-empty">
            {groups.length === 0 && empty ? empty : `Nothing here is called “${text.trim()}”.`}
          </p>
        ) : null}
      </div>
      {detail ? (
        <div id={`${id}-detail`} className="chooser-detail">
          {active ? detail(active) : null}
        </div>
      ) : null}
    </>
  )
}

function Option({
  id,
  option,
  isChosen,
  isActive,
  describedBy,
  onPoint,
  onTake,
}: {
  readonly id: string
  readonly option: ChooserOption
  readonly isChosen: boolean
  readonly isActive: boolean
  readonly describedBy: string | undefined
  readonly onPoint: () => void
  readonly onTake: () => void
}) {
  const { label, note, aside, badge, disabled = false } = option
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the search field has the focus and the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      className="menu-item chooser-option"
      aria-selected={isChosen}
      aria-disabled={disabled}
      aria-describedby={describedBy}
      data-highlighted={isActive ? '' : undefined}
      data-state={isChosen ? 'checked' : undefined}
      data-disabled={disabled ? '' : undefined}
      title={option.title}
      onPointerMove={isActive ? undefined : onPoint}
      onClick={onTake}
    >
      <span className="chooser-line">
        <span className="chooser-label">{label}</span>
        {badge ? <span className="tag">{badge}</span> : null}
        {aside ? <span className="chooser-aside">{aside}</span> : null}
      </span>
      {note ? <span className="menu-note">{note}</span> : null}
    </div>
  )
}

function has(options: readonly ChooserOption[], value: string): boolean {
  return options.some((option) => option.value === value)
}

/** Where the pointer stands before it is moved: the chosen entry, or the best one for what was typed. */
function startOf(
  options: readonly ChooserOption[],
  value: string,
  text: string,
): ChooserOption | undefined {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return options.find((option) => option.value === value) ?? options[0]
  const usable = options.filter(({ disabled }) => !disabled)
  return (
    usable.find(({ label }) => label.toLowerCase().startsWith(wanted)) ?? usable[0] ?? options[0]
  )
}

/** Values hold anything; an id may not. */
function optionId(id: string, value: string): string {
  return `${id}-option-${encodeURIComponent(value)}`
}
