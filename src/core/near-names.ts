/** @file "Did you mean": names close to one that does not exist. */

/** The names within a few edits of `wanted`, or that contain it (or make up most of it), nearest first, at most three. */
export function nearNames(wanted: string, names: readonly string[]): readonly string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const lower = wanted.toLowerCase()
  return names
    .map((name) => {
      const other = name.toLowerCase()
      const contains = lower.length > 2 && (other.includes(lower) || isMostOf(lower, other))
      return { name, distance: contains ? 0 : editDistance(lower, other) }
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** 'grad' is most of 'grads'; 'cam' is a small part of 'gradcam'. */
function isMostOf(whole: string, part: string): boolean {
  return whole.includes(part) && 2 * part.length > whole.length
}

/** "did you mean 'a' or 'b'? methods are a, b, c": the near names, then all of them. */
export function nameThe(lead: string, wanted: string, names: readonly string[]): string {
  const near = nearNames(wanted, names)
  const all = `${lead} ${names.join(', ')}`
  return near.length === 0 ? all : `did you mean '${near.join("' or '")}'? ${all}`
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
