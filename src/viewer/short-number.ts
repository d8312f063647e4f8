/** @file Numbers on the picture: at most three significant digits, a true minus sign. */

/** 0.412, −12.3, 1.2e−5. */
export function shortNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const text =
    size >= 1e5 || size < 1e-3
      ? value
          .toExponential(2)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : size >= 1000
        ? String(Math.round(value))
        : String(Number(value.toPrecision(3)))
  return text.replaceAll('-', '−')
}

/** −24.0 mm: one decimal, never "−0.0". */
export function shortMm(value: number): string {
  const text = value.toFixed(1)
  return `${(text === '-0.0' ? '0.0' : text).replace('-', '−')} mm`
}
