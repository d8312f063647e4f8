/** Bytes for people, in powers of 1024: "850 MB", "5.2 GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.max(1, Math.round(bytes / 2 ** 10))} kB`
  if (bytes < 2 ** 30) return `${Math.round(bytes / 2 ** 20)} MB`
  return `${(bytes / 2 ** 30).toFixed(1)} GB`
}
