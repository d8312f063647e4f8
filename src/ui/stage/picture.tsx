/** @file The image with map and outlines, the colour bar, and what is going on. */

import { type Ref, useMemo, useRef } from 'react'
import { findMethod } from '../../core/attribution/methods.ts'
import {
  limitOf,
  type ShownRun,
  shownImage,
  shownRun,
  shownTruth,
  thresholdOf,
} from '../../store/active-run.ts'
import { isConcealed } from '../../store/concealed.ts'
import { describeMap } from '../../store/describe-map.ts'
import { shownLayout } from '../../store/flat-image.ts'
import { formatDims } from '../../store/format.ts'
import type { Guess } from '../../store/guess-slice.ts'
import { robustWindow } from '../../store/image-window.ts'
import { isLessonBlind } from '../../store/lessons/lessons.ts'
import { targetName } from '../../store/neutral-names.ts'
import { ColourBar } from '../../viewer/colour-bar.tsx'
import { Viewer } from '../../viewer/viewer.tsx'
import type {
  BaseLayer,
  ColourBarModel,
  MapLayer,
  MaskLayer,
  ViewerHandle,
} from '../../viewer/viewer-types.ts'
import { colourMapFor } from '../colour-maps.ts'
import { useApp, useAppParts } from '../use-app.ts'
import { EmptyStage } from './empty-stage.tsx'
import { marksOf } from './guess-marks.ts'
import { PictureStatus } from './picture-status.tsx'
import { useGuessMarks } from './use-guess-marks.ts'

const noGuesses: readonly Guess[] = []

export function Picture({ ref }: { readonly ref: Ref<ViewerHandle> }) {
  const image = useApp(shownImage)
  const shown = useAppParts(shownRun)
  const truth = useApp(shownTruth)
  const isBlind = useApp(isLessonBlind)
  const truthVisible = useApp((app) => app.truthVisible) && !isBlind
  const layout = useApp(shownLayout)
  const setLayout = useApp((app) => app.setLayout)
  const convention = useApp((app) => app.convention)
  const crosshairMm = useApp((app) => app.crosshairMm)
  const setCrosshair = useApp((app) => app.setCrosshair)
  const showCrosshair = useApp((app) => app.showCrosshair)
  const setWindow = useApp((app) => app.setWindow)
  const setPictureError = useApp((app) => app.setPictureError)
  const chosenWindow = useApp((app) => (image ? app.windows[image.info.id] : undefined))
  const isOpening = useApp((app) => app.isOpening)

  const base = useMemo((): BaseLayer | null => {
    if (!image) return null
    const [low, high] = robustWindow(image.voxels)
    const { data, dims, affine } = image.voxels
    const { id, name } = image.info
    return { id, name, data, dims, affine, window: chosenWindow ?? { low, high } }
  }, [image, chosenWindow])
  const map = useMemo(() => (shown && !isBlind ? mapLayer(shown) : null), [shown, isBlind])
  const isHidden = useApp(isConcealed)
  const guesses = useApp((app) => app.guessing?.guesses ?? noGuesses)
  const view = useRef<HTMLDivElement>(null)
  useGuessMarks(view, isHidden)
  const marks = useMemo(
    () => (image && guesses.length > 0 ? marksOf(guesses, image) : null),
    [image, guesses],
  )
  const truthMasks = useMemo((): readonly MaskLayer[] => {
    if (!truth || !image) return []
    const { dims, affine } = image.voxels
    const id = `${truth.info.id}/${truth.label ?? 'all'}/${image.info.id}`
    const style = 'truth'
    return [
      {
        id,
        dims,
        affine,
        mask: truth.mask,
        style,
        outline: true,
        filled: false,
        visible: truthVisible,
      },
    ]
  }, [truth, image, truthVisible])
  const masks = useMemo(
    () => (marks === null ? truthMasks : [...truthMasks, marks]),
    [truthMasks, marks],
  )

  if (!image) {
    // The viewer takes seconds of this thread to set up; the workers get their work first.
    return isOpening ? (
      <div className="picture">
        <PictureStatus />
      </div>
    ) : (
      <EmptyStage />
    )
  }
  const description = shown ? describeMap(shown, isHidden) : 'No heat map is shown yet.'
  const label = shown
    ? `Heat map of ${findMethod(shown.run.request.methodId).label} over ${image.info.name}`
    : image.info.name
  return (
    <div className="picture">
      <div className="picture-view" ref={view}>
        <Viewer
          ref={ref}
          base={base}
          map={map}
          masks={masks}
          layout={layout}
          renderHeld={isOpening}
          radiological={convention === 'radiological'}
          crosshairMm={crosshairMm}
          showCrosshair={showCrosshair}
          label={label}
          description={description}
          onCrosshair={({ mm, voxel }) => setCrosshair(mm, voxel)}
          onLayout={setLayout}
          onWindow={(window) => setWindow(image.info.id, window)}
          onError={setPictureError}
        />
        <PictureStatus />
      </div>
      {shown ? (
        <div className="picture-bar">
          <ColourBar model={colourBarModel(shown)} />
        </div>
      ) : null}
      {shown ? <Caption shown={shown} /> : null}
    </div>
  )
}

/** Whether the picture uses both sides of zero. */
function showsBothSigns({ run, result }: ShownRun): boolean {
  return result.isSigned && run.display.sign === 'magnitude'
}

function mapLayer(shown: ShownRun): MapLayer {
  const { run, result } = shown
  const { display, source } = run
  const signed = showsBothSigns(shown)
  return {
    id: `${run.id}/${result.shownInput}`,
    data: result.map,
    dims: source.image.voxels.dims,
    affine: source.image.voxels.affine,
    signed,
    limit: limitOf(shown),
    colormap: colourMapFor(display.colourMap, signed),
    opacity: display.opacity,
    threshold: thresholdOf(shown),
    fade: display.fade,
    fadePower: 2,
    contour: display.outline,
    visible: display.visible,
  }
}

export function colourBarModel(shown: ShownRun): ColourBarModel {
  const { run } = shown
  const { signed, limit, colormap, opacity, threshold, fade, fadePower } = mapLayer(shown)
  const title = findMethod(run.request.methodId).label
  return { title, signed, limit, colormap, opacity, threshold, fade, fadePower }
}

/** The grid the map was computed on is written on the picture. */
function Caption({ shown: { run, result } }: { readonly shown: ShownRun }) {
  const target = useApp((app) => targetName(isConcealed(app), result.targetLabel, run.source))
  const grid = result.layer?.grid ?? result.grid
  const { dims } = run.source.image.voxels
  const isOwnGrid = grid.length === dims.length && grid.every((size, at) => size === dims[at])
  return (
    <p className="picture-caption">
      {findMethod(run.request.methodId).label} for {target}, computed on {formatDims(grid)}
      {isOwnGrid ? '' : `, shown on ${formatDims(dims)}`}
      {result.channels > 1 ? `, summed over ${result.channels} channels` : ''}
    </p>
  )
}
