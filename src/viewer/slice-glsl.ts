/**
 * @file The fragment shader of every 2-D view. It samples anatomy, map and masks at full precision
 * and colours them per pixel, so a slider or a window change rewrites a few numbers, not a volume.
 */

import { heatGlsl } from './heat-glsl.ts'

/** texPos (0 to 1, right-anterior-superior) comes from NiiVue's vertex shader. */
export const sliceGlsl = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler3D;
precision highp sampler2D;
in vec3 texPos;
out vec4 color;
uniform sampler3D anatomy;
uniform sampler3D heat;
uniform sampler3D truthMask;
uniform sampler3D drawnMask;
uniform mat4 anatomyGrid;
uniform mat4 heatGrid;
uniform mat4 truthGrid;
uniform mat4 drawnGrid;
uniform vec2 windowEnds;
uniform vec2 heatShown;
uniform vec2 truthShown;
uniform vec2 drawnShown;
uniform vec4 crosshair;
uniform float pixelRatio;
uniform int axCorSag;
${heatGlsl}

const vec3 truthColour = vec3(0.16, 0.92, 1.0);
const vec3 drawnColour = vec3(0.36, 0.95, 0.45);
const vec3 crosshairColour = vec3(0.82, 0.9, 1.0);

float at(sampler3D layer, mat4 grid, vec3 p) {
  vec3 q = (grid * vec4(p, 1.0)).xyz;
  return isInside(q) ? texture(layer, q).r : 0.0;
}

/* Distance in pixels to where the layer crosses the level, from central differences. */
float pixelsTo(float level, float value, float left, float right, float below, float above) {
  float slope = 0.5 * length(vec2(right - left, above - below));
  return slope > 1e-5 ? abs(value - level) / slope : 1e5;
}

/* Coverage of a line: x the line itself, y the dark rim that keeps it apart from bright ground. */
vec2 lineOf(float pixels, float width) {
  float half_ = 0.5 * width * pixelRatio;
  return vec2(
    1.0 - smoothstep(half_ - 0.5, half_ + 0.5, pixels),
    1.0 - smoothstep(half_ + 0.3, half_ + 1.6, pixels)
  );
}

/* Dashes run along the line, whose direction is rounded to 45 degrees: smooth phase, no flicker. */
float dashOf(vec2 slope) {
  float angle = round(atan(slope.x, -slope.y) / 0.7853982) * 0.7853982;
  float phase = mod(dot(gl_FragCoord.xy, vec2(cos(angle), sin(angle))), 9.0 * pixelRatio);
  return step(phase, 5.5 * pixelRatio);
}

vec2 maskLine(
  sampler3D mask, mat4 grid, float value, vec3 dx, vec3 dy, bool isCoarse, bool isDashed
) {
  if (!isCoarse && (value <= 0.001 || value >= 0.999)) return vec2(0.0);
  float left = at(mask, grid, texPos - dx);
  float right = at(mask, grid, texPos + dx);
  float below = at(mask, grid, texPos - dy);
  float above = at(mask, grid, texPos + dy);
  vec2 line = lineOf(pixelsTo(0.5, value, left, right, below, above), 1.6);
  return isDashed ? line * dashOf(vec2(right - left, above - below)) : line;
}

vec3 withLine(vec3 ground, vec2 line, vec3 lineColour) {
  return mix(mix(ground, vec3(0.0), 0.55 * line.y), lineColour, line.x);
}

void main() {
  vec3 dx = dFdx(texPos);
  vec3 dy = dFdy(texPos);
  /* Fewer than two pixels per voxel: lines may lie beside the voxels they separate. */
  vec3 voxelsPerPixel = (abs(dx) + abs(dy)) * vec3(textureSize(anatomy, 0));
  bool isCoarse = max(max(voxelsPerPixel.x, voxelsPerPixel.y), voxelsPerPixel.z) > 0.45;

  float intensity = texture(anatomy, (anatomyGrid * vec4(texPos, 1.0)).xyz).r;
  vec3 pixel = vec3(clamp((intensity - windowEnds.x) / (windowEnds.y - windowEnds.x), 0.0, 1.0));

  float truth = truthShown.x + truthShown.y > 0.0 ? at(truthMask, truthGrid, texPos) : 0.0;
  float drawn = drawnShown.x + drawnShown.y > 0.0 ? at(drawnMask, drawnGrid, texPos) : 0.0;
  if (truth >= 0.5) pixel = mix(pixel, truthColour, truthShown.y);
  if (drawn >= 0.5) pixel = mix(pixel, drawnColour, drawnShown.y);

  float value = heatShown.x > 0.0 ? at(heat, heatGrid, texPos) : 0.0;
  float size = heatSize(value);
  float sizePerPixel = fwidth(size);
  if (heatShown.x > 0.0) {
    pixel = mix(pixel, heatColour(value), heatOpacity(size));
    float gap = abs(size - heatRule.y);
    if (heatShown.y > 0.0 && heatRule.y > 0.0 && gap < 4.0 * sizePerPixel) {
      float scale = 1.0 / heatRule.x;
      float pixels = pixelsTo(heatRule.y * scale, size * scale,
        heatSize(at(heat, heatGrid, texPos - dx)) * scale,
        heatSize(at(heat, heatGrid, texPos + dx)) * scale,
        heatSize(at(heat, heatGrid, texPos - dy)) * scale,
        heatSize(at(heat, heatGrid, texPos + dy)) * scale);
      pixel = withLine(pixel, lineOf(pixels, 1.0), vec3(1.0));
    }
  }
  if (drawnShown.x > 0.0) {
    vec2 line = maskLine(drawnMask, drawnGrid, drawn, dx, dy, isCoarse, true);
    pixel = withLine(pixel, line, drawnColour);
  }
  if (truthShown.x > 0.0) {
    vec2 line = maskLine(truthMask, truthGrid, truth, dx, dy, isCoarse, false);
    pixel = withLine(pixel, line, truthColour);
  }
  if (crosshair.w > 0.0) {
    vec3 away = abs(texPos - crosshair.xyz) / max(abs(dx) + abs(dy), vec3(1e-9));
    vec2 plane = axCorSag == 0 ? away.xy : axCorSag == 1 ? away.xz : away.yz;
    vec2 near = clamp(0.5 * pixelRatio + 0.5 - plane, 0.0, 1.0);
    float isBeyondGap = step(9.0 * pixelRatio, max(plane.x, plane.y));
    pixel = mix(pixel, crosshairColour, 0.5 * max(near.x, near.y) * isBeyondGap);
  }
  color = vec4(pixel, 1.0);
}
`
