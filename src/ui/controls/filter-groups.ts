/** @file What a search in a list finds. */

export interface ChooserOption {
  readonly value: string
  readonly label: string
  /** The entry in a line. */
  readonly note?: string
  /** At the right end: what it costs, how large it is. */
  readonly aside?: string
  readonly badge?: string
  readonly title?: string
  /** Further words that find it. */
  readonly keywords?: string
  readonly disabled?: boolean
}

export interface ChooserGroup {
  readonly label: string | null
  readonly note?: string
  readonly options: readonly ChooserOption[]
}

/**
 * The entries that hold every word of the text in their names; where none does, those that hold
 * them in their descriptions.
 */
export function filterGroups(
  groups: readonly ChooserGroup[],
  text: string,
): readonly ChooserGroup[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return groups
  const filter = (of: (option: ChooserOption) => string) =>
    groups
      .map((group) => ({
        ...group,
        options: group.options.filter((option) => {
          const place = of(option).toLowerCase()
          return words.every((word) => place.includes(word))
        }),
      }))
      .filter(({ options }) => options.length > 0)
  const byName = filter(({ label, value, keywords = '' }) => `${label} ${value} ${keywords}`)
  return byName.length > 0 ? byName : filter(({ label, note = '' }) => `${label} ${note}`)
}
