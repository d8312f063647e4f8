/** @file Numbers as they are typeset: at most three significant digits, a true minus sign. */

export const emDash = '—'

/** 0.412, 12.3, 1.2e−5; an em dash for what is not finite. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return emDash
  if (value === 0) return '0'
  const size = Math.abs(value)
  const text =
    size >= 1e6 || size < 1e-3
      ? value
          .toExponential(digits - 1)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : size >= 10 ** digits
        ? String(Math.round(value))
        : String(Number(value.toPrecision(digits)))
  return text.replaceAll('-', '−')
}

/** With its sign always: +0.012, −3. */
export function formatSigned(value: number, digits = 3): string {
  return value > 0 ? `+${formatNumber(value, digits)}` : formatNumber(value, digits)
}

/** A share as a percentage: 41 %, 0.8 %. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return emDash
  const percent = share * 100
  return `${percent >= 99.95 || percent < 10 ? formatNumber(percent, 2) : Math.round(percent)} %`
}

/** 0.2 s, 3.1 s, 2 min 5 s. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** 412 B, 1.2 MB, 3.4 GB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : formatNumber(value, 2)} ${units[unit] ?? ''}`
}

/** 0.4 M, 12 k, 1969. */
export function formatCount(count: number): string {
  if (count >= 1e6) return `${formatNumber(count / 1e6, 2)} M`
  if (count >= 1e4) return `${formatNumber(count / 1e3, 2)} k`
  return String(count)
}

/** 96 × 112 × 96. */
export function formatDims(dims: readonly (number | null)[]): string {
  return dims.map((size) => size ?? '?').join(' × ')
}

/** One figure where the axes agree, else three: 2 mm, 1 × 1 × 2.5 mm. */
export function formatSpacing(spacing: readonly number[]): string {
  const shown = spacing.map((mm) => formatNumber(mm))
  const isSame = shown.every((mm) => mm === shown[0])
  return `${isSame ? (shown[0] ?? '') : shown.join(' × ')} mm`
}

/** −24.0: millimetres with one decimal. */
export function formatMm(value: number): string {
  const text = value.toFixed(1)
  return (text === '-0.0' ? '0.0' : text).replace('-', '−')
}
