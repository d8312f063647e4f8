import { useId } from 'react'
import {
  barStops,
  describeColourBar,
  negativeWord,
  positiveWord,
  thresholdMarks,
  tickMarks,
} from './colour-bar-model.ts'
import type { ColourBarModel } from './viewer-types.ts'
import './viewer.css'

const barWidth = 14
const barLeft = 12
const labelLeft = barLeft + barWidth + 8
const edge = 8

/** Upright, text in the colour of its surroundings; `height` in CSS pixels. */
export function ColourBar({
  model,
  height = 180,
}: {
  readonly model: ColourBarModel
  readonly height?: number
}) {
  const id = useId()
  const length = height - 2 * edge
  const y = (share: number): number => edge + (1 - share) * length
  return (
    <div className="colour-bar" role="img" aria-label={describeColourBar(model)}>
      <div className="colour-bar-title">{model.title}</div>
      {model.signed && <div className="colour-bar-word">{positiveWord(model)}</div>}
      <svg width={104} height={height} aria-hidden="true">
        <defs>
          <linearGradient id={`${id}-scale`} x1="0" y1="1" x2="0" y2="0">
            {barStops(model).map(({ share, rgb, alpha }) => (
              <stop
                key={share}
                offset={share}
                stopColor={`rgb(${rgb.join(' ')})`}
                stopOpacity={alpha}
              />
            ))}
          </linearGradient>
          <pattern id={`${id}-ground`} width="7" height="7" patternUnits="userSpaceOnUse">
            <rect width="7" height="7" fill="#6b6b6b" />
            <path d="M0 0h3.5v3.5H0zM3.5 3.5H7V7H3.5z" fill="#4a4a4a" />
          </pattern>
        </defs>
        <rect x={barLeft} y={edge} width={barWidth} height={length} fill={`url(#${id}-ground)`} />
        <rect
          x={barLeft}
          y={edge}
          width={barWidth}
          height={length}
          fill={`url(#${id}-scale)`}
          stroke="currentColor"
          strokeOpacity={0.5}
        />
        {tickMarks(model).map(({ share, label }) => (
          <g key={share} className="colour-bar-tick">
            <path d={`M${barLeft + barWidth} ${y(share)}h4`} stroke="currentColor" />
            <text x={labelLeft} y={y(share)} dominantBaseline="central">
              {label}
            </text>
          </g>
        ))}
        {thresholdMarks(model).map(({ share, label }) => (
          <g key={share} className="colour-bar-threshold">
            <path
              d={`M${barLeft - 2} ${y(share)}l-7 -4v8zM${barLeft} ${y(share)}h${barWidth + 4}`}
              stroke="currentColor"
              fill="currentColor"
            />
            <text x={labelLeft} y={y(share)} dominantBaseline="central">
              {label}
            </text>
          </g>
        ))}
      </svg>
      {model.signed && <div className="colour-bar-word">{negativeWord(model)}</div>}
    </div>
  )
}
