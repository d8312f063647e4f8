import { edgeLetters, slicePlace } from './orientation-letters.ts'
import type { Tile } from './tile-layout.ts'
import type { PointMm } from './viewer-types.ts'

/** The letters at the edges of every 2-D view, at any size, and where its slice lies. */
export function TileLabels({
  tiles,
  radiological,
  mm,
  isRenderAwaited,
}: {
  readonly tiles: readonly Tile[]
  readonly radiological: boolean
  readonly mm: PointMm | null
  readonly isRenderAwaited: boolean
}) {
  return tiles.map(({ kind, left, top, width, height }) => {
    if (kind === 'render') {
      if (!isRenderAwaited) return null
      const style = { left, top, width, height }
      return (
        <div key={kind} className="viewer-tile viewer-awaited" style={style} aria-hidden="true">
          3-D view follows
        </div>
      )
    }
    const letters = edgeLetters(kind, radiological)
    const isSmall = Math.min(width, height) < 150
    return (
      <div
        key={kind}
        className="viewer-tile"
        data-view={kind}
        data-small={isSmall}
        style={{ left, top, width, height }}
        aria-hidden="true"
      >
        <span className="viewer-letter-left">{letters.left}</span>
        <span className="viewer-letter-right">{letters.right}</span>
        <span className="viewer-letter-top">{letters.top}</span>
        <span className="viewer-letter-bottom">{letters.bottom}</span>
        {mm && width >= 220 && <span className="viewer-place">{slicePlace(kind, mm)}</span>}
      </div>
    )
  })
}
