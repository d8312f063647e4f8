/** @file NiiVue with everything off that Saliscope does itself. */

import { Niivue } from '@niivue/niivue'

/** Key codes no keyboard sends. */
const noKey = 'None'

/**
 * Pointer, keyboard, drop, resize, letters, crosshair and colour bar are ours; NiiVue lays out and
 * projects the views, renders in 3-D and converts screen to space.
 */
export function createNiivue(): Niivue {
  const niivue = new Niivue({
    backColor: [0, 0, 0, 1],
    clipPlaneHotKey: noKey,
    crosshairWidth: 0,
    cycleClipPlaneHotKey: noKey,
    dragAndDropEnabled: false,
    interactive: false,
    isColorbar: false,
    isOrientCube: true,
    isOrientationTextVisible: false,
    isResizeCanvas: false,
    isRuler: false,
    loadingText: '',
    logLevel: 'silent',
    show3Dcrosshair: false,
    viewModeHotKey: noKey,
  })
  // Compiled when it attaches, a dozen of them; there are no meshes here.
  niivue.meshShaders = []
  return niivue
}

/**
 * NiiVue derives gradients of every volume it is given, for lit renderings; ours are not lit. That
 * cannot be turned off, so it is made cheap: a copy in place of a blur and a Sobel filter.
 */
export function skipGradients(niivue: Niivue): void {
  niivue.blurShader = niivue.passThroughShader ?? niivue.blurShader
  niivue.sobelFirstOrderShader = niivue.passThroughShader ?? niivue.sobelFirstOrderShader
}

/** NiiVue has only a private way to tell it how wide a CSS pixel is. */
export function setPixelRatio(niivue: Niivue, ratio: number): void {
  niivue.uiData.dpr = ratio
}
