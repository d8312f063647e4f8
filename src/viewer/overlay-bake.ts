/**
 * @file Map and masks as one RGBA volume for the 3-D view, drawn on the graphics card from the same
 * textures and rules as the 2-D views: nothing is uploaded when a threshold moves.
 */

import type { Triple } from '../core/volume/affine.ts'
import { createColourVolume } from './gl-textures.ts'
import { heatGlsl } from './heat-glsl.ts'
import { setUniforms, type UniformValue } from './uniforms.ts'

export interface OverlayBake {
  readonly texture: WebGLTexture
  readonly dims: Triple
  /** Draws every slice anew. */
  draw(uniforms: Readonly<Record<string, UniformValue>>): void
  dispose(): void
}

const vertexGlsl = `#version 300 es
const vec2 corners[4] = vec2[](vec2(0.0, 0.0), vec2(1.0, 0.0), vec2(0.0, 1.0), vec2(1.0, 1.0));
out vec2 place;
void main() {
  place = corners[gl_VertexID];
  gl_Position = vec4(2.0 * place - 1.0, 0.0, 1.0);
}
`

/**
 * The ray sees the rim of a region first, so opacity grows with the square of the value: the core
 * shines through. Below the threshold it falls with the sixth power, or weak values would pile up to
 * a fog. A mask is a thin translucent shell.
 */
const fragmentGlsl = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler3D;
precision highp sampler2D;
in vec2 place;
out vec4 color;
uniform sampler3D heat;
uniform sampler3D truthMask;
uniform sampler3D drawnMask;
uniform mat4 heatGrid;
uniform mat4 truthGrid;
uniform mat4 drawnGrid;
uniform vec2 heatShown;
uniform vec2 truthShown;
uniform vec2 drawnShown;
uniform float depth;
uniform vec3 voxel;
${heatGlsl}

float at(sampler3D layer, mat4 grid, vec3 p) {
  vec3 q = (grid * vec4(p, 1.0)).xyz;
  return isInside(q) ? texture(layer, q).r : 0.0;
}

float shell(sampler3D mask, mat4 grid, vec3 p) {
  if (at(mask, grid, p) < 0.5) return 0.0;
  float least = 1.0;
  for (int axis = 0; axis < 3; axis++) {
    vec3 offset = vec3(0.0);
    offset[axis] = voxel[axis];
    least = min(least, min(at(mask, grid, p - offset), at(mask, grid, p + offset)));
  }
  return least < 0.5 ? 1.0 : 0.0;
}

// The map's colours carry its sign: a cyan shell over them would read as the other one.
const float shellOpacity = 0.35;

vec4 over(vec4 front, vec4 back) {
  float alpha = front.a + back.a * (1.0 - front.a);
  if (alpha <= 0.0) return vec4(0.0);
  return vec4((front.rgb * front.a + back.rgb * back.a * (1.0 - front.a)) / alpha, alpha);
}

void main() {
  vec3 p = vec3(place, depth);
  vec4 pixel = vec4(0.0);
  if (heatShown.x > 0.0) {
    float value = at(heat, heatGrid, p);
    float size = heatSize(value);
    float share = min(1.0, size / heatRule.x);
    float below = size < heatRule.y ? pow(size / heatRule.y, 6.0) : 1.0;
    float alpha = heatOpacity(size) > 0.0 ? heatRule.z * below * (0.2 + 0.8 * share * share) : 0.0;
    pixel = vec4(heatColour(value), alpha);
  }
  if (truthShown.x + truthShown.y > 0.0)
    pixel = over(vec4(0.16, 0.92, 1.0, shellOpacity * (1.0 - pixel.a) * shell(truthMask, truthGrid, p)), pixel);
  if (drawnShown.x + drawnShown.y > 0.0)
    pixel = over(vec4(0.36, 0.95, 0.45, shellOpacity * (1.0 - pixel.a) * shell(drawnMask, drawnGrid, p)), pixel);
  color = pixel;
}
`

/** `dims`: voxels along right, anterior, superior. */
export function createOverlayBake(gl: WebGL2RenderingContext, dims: Triple): OverlayBake {
  const program = link(gl)
  const texture = createColourVolume(gl, dims)
  const frame = gl.createFramebuffer()
  const depthLocation = gl.getUniformLocation(program, 'depth')
  const emptyArray = gl.createVertexArray()
  return {
    texture,
    dims,
    draw(uniforms) {
      setUniforms(gl, program, {
        ...uniforms,
        voxel: { kind: 'floats', values: dims.map((size) => 1 / size) },
      })
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame)
      gl.bindVertexArray(emptyArray)
      gl.disable(gl.CULL_FACE)
      gl.disable(gl.BLEND)
      gl.disable(gl.DEPTH_TEST)
      gl.viewport(0, 0, dims[0], dims[1])
      for (let k = 0; k < dims[2]; k++) {
        gl.uniform1f(depthLocation, (k + 0.5) / dims[2])
        gl.framebufferTextureLayer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, texture, 0, k)
        gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4)
      }
      gl.bindVertexArray(null)
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
      gl.enable(gl.BLEND)
      gl.viewport(0, 0, gl.canvas.width, gl.canvas.height)
    },
    dispose() {
      gl.deleteTexture(texture)
      gl.deleteFramebuffer(frame)
      gl.deleteVertexArray(emptyArray)
      gl.deleteProgram(program)
    },
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexGlsl],
    [gl.FRAGMENT_SHADER, fragmentGlsl],
  ] as const) {
    const shader = gl.createShader(type)
    if (!shader) throw new Error('the graphics context is lost')
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
    gl.deleteShader(shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`3-D overlay shader: ${gl.getProgramInfoLog(program) ?? 'did not link'}`)
  }
  return program
}
