/** @file How the picture is laid out, where the crosshair is, and the look of the page. */

import type { Slice } from './app-state.ts'

export type Layout = 'axial' | 'coronal' | 'multiplanar' | 'render' | 'sagittal'
export type Convention = 'neurological' | 'radiological'
export type Theme = 'dark' | 'light'
export type Drawer = 'left' | 'none' | 'right'
export type OpenDialog = 'card' | 'gallery' | 'help' | 'model-input' | 'none' | 'roles'

export interface ViewSlice {
  readonly layout: Layout
  readonly convention: Convention
  readonly theme: Theme
  /** Which folded rail is open on a narrow page. */
  readonly drawer: Drawer
  readonly dialog: OpenDialog
  /** Crosshair in millimetres; null until the viewer reports one. */
  readonly crosshairMm: readonly [number, number, number] | null
  /** The voxel under it, on the grid of the image on screen. */
  readonly crosshairVoxel: readonly [number, number, number] | null
  readonly showCrosshair: boolean
  /** Black and white of the image on screen, where the user has set them; by volume id. */
  readonly windows: Readonly<Record<string, IntensityWindow>>
  /** Why the picture cannot be drawn, as a sentence. */
  readonly pictureError: string | null
  /** Whether the cases lie under the header; a visitor who closes them does not meet them again. */
  readonly casesShown: boolean
  setLayout(layout: Layout): void
  setConvention(convention: Convention): void
  setTheme(theme: Theme): void
  setDrawer(drawer: Drawer): void
  openDialog(dialog: OpenDialog): void
  setCrosshair(mm: Point, voxel?: Point): void
  setShowCrosshair(show: boolean): void
  setWindow(volumeId: string, window: IntensityWindow): void
  setPictureError(sentence: string | null): void
  setCasesShown(shown: boolean): void
}

type Point = readonly [number, number, number]

export interface IntensityWindow {
  readonly low: number
  readonly high: number
}

/** What outlives a visit, where the browser allows it. */
export interface Memory {
  get(key: string): string | null
  set(key: string, value: string): void
}

export interface ViewDependencies {
  readonly memory: Memory
  readonly systemTheme: Theme
  /** Which folded rail a narrow page opens with. */
  readonly drawer: Drawer
}

export const createViewSlice =
  ({ memory, systemTheme, drawer }: ViewDependencies): Slice<ViewSlice> =>
  (set, get) => ({
    layout: 'multiplanar',
    convention: memory.get('convention') === 'neurological' ? 'neurological' : 'radiological',
    theme: readTheme(memory.get('theme')) ?? systemTheme,
    drawer,
    dialog: 'none',
    crosshairMm: null,
    crosshairVoxel: null,
    showCrosshair: true,
    windows: {},
    pictureError: null,
    casesShown: memory.get('cases') !== 'hidden',
    setLayout: (layout) => set({ layout }),
    setConvention(convention) {
      memory.set('convention', convention)
      set({ convention })
    },
    setTheme(theme) {
      memory.set('theme', theme)
      set({ theme })
    },
    setDrawer: (drawer) => set({ drawer }),
    openDialog: (dialog) => set({ dialog }),
    setCrosshair(crosshairMm, crosshairVoxel) {
      set(crosshairVoxel ? { crosshairMm, crosshairVoxel } : { crosshairMm })
    },
    setShowCrosshair: (showCrosshair) => set({ showCrosshair }),
    setWindow: (volumeId, window) => set({ windows: { ...get().windows, [volumeId]: window } }),
    setPictureError: (pictureError) => set({ pictureError }),
    setCasesShown(casesShown) {
      memory.set('cases', casesShown ? 'shown' : 'hidden')
      set({ casesShown })
    },
  })

function readTheme(text: string | null): Theme | null {
  return text === 'dark' || text === 'light' ? text : null
}
