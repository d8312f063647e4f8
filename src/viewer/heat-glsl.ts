/** @file The colour and opacity of a value of the map, as GLSL; opacity-rule.ts is the same in words. */

/**
 * heatRule = (limit, threshold, opacity, fade power; power 0 hides), in the unit of the texture.
 * heatSigned = 1 for signed maps.
 */
export const heatGlsl = `
uniform sampler2D palette;
uniform vec4 heatRule;
uniform float heatSigned;

float heatSize(float value) {
  return heatSigned > 0.5 ? abs(value) : max(value, 0.0);
}

float heatOpacity(float size) {
  if (size <= 0.0) return 0.0;
  if (size >= heatRule.y) return heatRule.z;
  return heatRule.w > 0.5 ? heatRule.z * pow(size / heatRule.y, heatRule.w) : 0.0;
}

vec3 heatColour(float value) {
  float share = value / heatRule.x;
  float t = clamp(heatSigned > 0.5 ? 0.5 + 0.5 * share : share, 0.0, 1.0);
  return texture(palette, vec2((t * 255.0 + 0.5) / 256.0, 0.5)).rgb;
}

/* Texture coordinates of a layer; outside its grid there is nothing. */
bool isInside(vec3 p) {
  return all(greaterThanEqual(p, vec3(0.0))) && all(lessThanEqual(p, vec3(1.0)));
}
`
