/**
 * @file The last picture of the 3-D view. Rendering it costs far more than the slices, and most
 * changes (crosshair, threshold, window) leave it alone or may reach it a moment later.
 */

/** Device pixels, from the bottom left corner of the canvas, as WebGL counts. */
export interface PixelRect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface TileCache {
  /** Copies what was just drawn there. */
  keep(rect: PixelRect): void
  /** Whether the last copy is of this place and size. */
  has(rect: PixelRect): boolean
  /** Puts the copy back. */
  restore(rect: PixelRect): void
  forget(): void
  dispose(): void
}

export function createTileCache(gl: WebGL2RenderingContext): TileCache {
  const texture = gl.createTexture()
  const frame = gl.createFramebuffer()
  let kept: PixelRect | null = null

  /** The unit NiiVue uses for thumbnails, which Saliscope never shows. */
  function bind(): void {
    gl.activeTexture(gl.TEXTURE4)
    gl.bindTexture(gl.TEXTURE_2D, texture)
  }

  return {
    keep(rect) {
      bind()
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
      gl.copyTexImage2D(gl.TEXTURE_2D, 0, gl.RGBA, rect.x, rect.y, rect.width, rect.height, 0)
      kept = rect
    },
    has: ({ x, y, width, height }) =>
      kept?.x === x && kept.y === y && kept.width === width && kept.height === height,
    restore({ x, y, width, height }) {
      bind()
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, frame)
      gl.framebufferTexture2D(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null)
      gl.blitFramebuffer(
        0,
        0,
        width,
        height,
        x,
        y,
        x + width,
        y + height,
        gl.COLOR_BUFFER_BIT,
        gl.NEAREST,
      )
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
    },
    forget() {
      kept = null
    },
    dispose() {
      gl.deleteTexture(texture)
      gl.deleteFramebuffer(frame)
    },
  }
}
