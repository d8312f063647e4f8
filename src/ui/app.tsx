/** @file The page: header, two rails, the picture between them, and what lies over it. */

import { Tooltip } from 'radix-ui'
import { useCallback, useEffect, useRef } from 'react'
import { shownRun } from '../store/active-run.ts'
import { isConcealed } from '../store/concealed.ts'
import { describeError } from '../store/describe-error.ts'
import { captionLines } from '../store/describe-map.ts'
import { exportName } from '../store/export-run.ts'
import type { ViewerHandle } from '../viewer/viewer-types.ts'
import { CardDialog } from './dialogs/card-dialog.tsx'
import { HelpDialog } from './dialogs/help-dialog.tsx'
import { ModelInputDialog } from './dialogs/model-input-dialog.tsx'
import { RolesDialog } from './dialogs/roles-dialog.tsx'
import { GalleryDialog } from './gallery/gallery-dialog.tsx'
import { Guide } from './guide/guide.tsx'
import { Header } from './header.tsx'
import { Live } from './live.tsx'
import { Notices } from './notices.tsx'
import { OpenFilesContext } from './open-files-context.ts'
import { CasePanel } from './panels/case-panel.tsx'
import { DataPanel } from './panels/data-panel.tsx'
import { DisplayPanel } from './panels/display-panel.tsx'
import { ExplainPanel } from './panels/explain-panel.tsx'
import { MeasurePanel } from './panels/measure-panel.tsx'
import { PredictionPanel } from './panels/prediction-panel.tsx'
import { RunsPanel } from './panels/runs-panel.tsx'
import { saveFile } from './save-file.ts'
import { colourBarModel, Picture } from './stage/picture.tsx'
import { Readout } from './stage/readout.tsx'
import { Toolbar } from './stage/toolbar.tsx'
import { useApp, useAppStore } from './use-app.ts'
import { useFileDrop } from './use-file-drop.ts'
import { useHiddenAddress } from './use-hidden-address.ts'
import { useNarrowPage } from './use-narrow-page.ts'
import { useShortcuts } from './use-shortcuts.ts'

export function App() {
  const store = useAppStore()
  const drawer = useApp((app) => app.drawer)
  const theme = useApp((app) => app.theme)
  const runState = useApp(runStateOf)
  const viewer = useRef<ViewerHandle>(null)
  const chooser = useRef<HTMLInputElement>(null)
  const openChooser = useCallback(() => chooser.current?.click(), [])
  const openFiles = useCallback(
    (files: readonly File[]) => void store.getState().openFiles(files),
    [store],
  )
  const isDropping = useFileDrop(openFiles)
  useShortcuts(store)
  useNarrowPage(store)
  useHiddenAddress()
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])

  const savePng = async () => {
    const app = store.getState()
    const shown = shownRun(app)
    const { current } = viewer
    if (!current) return
    try {
      const blob = await current.capturePng({
        caption: shown ? captionLines(shown, app.convention, isConcealed(app)) : [],
        colourBar: shown ? colourBarModel(shown) : null,
      })
      saveFile(`${shown ? exportName(shown) : 'saliscope'}.png`, blob)
    } catch (error) {
      const { text, details } = describeError(error, 'Saving the picture')
      app.notify({ place: 'export', text, details })
    }
  }

  return (
    <Tooltip.Provider delayDuration={350}>
      <OpenFilesContext value={openChooser}>
        <div className="app">
          <Header onOpen={openChooser} onSavePng={() => void savePng()} />
          <Guide />
          <main className="workspace" data-drawer={drawer} data-run-state={runState}>
            <div className="rail rail-left">
              <CasePanel />
              <DataPanel />
              <PredictionPanel />
              <RunsPanel />
            </div>
            <div className="stage">
              <Toolbar onReset={() => viewer.current?.resetView()} />
              <Picture ref={viewer} />
              <Readout />
            </div>
            <div className="rail rail-right">
              <Notices place="export" />
              <ExplainPanel />
              <DisplayPanel />
              <MeasurePanel />
            </div>
          </main>
        </div>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-label="Open files"
          accept=".nii,.gz,.npy,.onnx,.json"
          onChange={(event) => {
            openFiles([...(event.target.files ?? [])])
            event.target.value = ''
          }}
        />
        {isDropping ? (
          <div className="drop-veil">
            <div>
              Drop to open
              <small>Volumes (.nii, .nii.gz), a model (.onnx), a model card (.json)</small>
            </div>
          </div>
        ) : null}
        <HelpDialog />
        <GalleryDialog />
        <RolesDialog />
        <ModelInputDialog />
        <CardDialog />
        <Live />
      </OpenFilesContext>
    </Tooltip.Provider>
  )
}

/** For tests and style: what the newest run is doing. */
function runStateOf({
  runs,
}: {
  readonly runs: readonly { readonly state: { readonly kind: string } }[]
}) {
  if (runs.some(({ state }) => state.kind === 'running')) return 'running'
  return runs.at(-1)?.state.kind ?? 'idle'
}
