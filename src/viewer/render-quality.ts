/** @file How fine the 3-D view is: less on a computer without a graphics card, where it takes seconds. */

export interface RenderQuality {
  /** Most voxels of the volume NiiVue renders. */
  readonly volumeVoxels: number
  /** Most voxels of the overlay. */
  readonly overlayVoxels: number
}

const onCard: RenderQuality = { volumeVoxels: 8_000_000, overlayVoxels: 128 ** 3 }
const inSoftware: RenderQuality = { volumeVoxels: 72 ** 3, overlayVoxels: 64 ** 3 }

export function renderQuality(gl: WebGL2RenderingContext): RenderQuality {
  return isSoftware(rendererName(gl)) ? inSoftware : onCard
}

/** The names browsers give when the processor draws. */
export function isSoftware(renderer: string): boolean {
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer)
}

function rendererName(gl: WebGL2RenderingContext): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info')
  const name: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)
  return typeof name === 'string' ? name : ''
}
