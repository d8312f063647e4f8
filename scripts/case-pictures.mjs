/**
 * @file `node scripts/case-pictures.mjs`: draws the gallery's picture of every case that is listed in
 * public/cases/index.json (its first subject, in the plane where the truth is largest, outlined) and
 * names it in case.json. PNG with a palette of greys, at most 15 kB. A case that shows another one's
 * picture keeps it. Then the checksums of both files are put into NOTICE.md and the training log.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { runnerImport } from 'vite'
import { root } from './project.mjs'

const SIZE = 192
const MOST_BYTES = 15_000
const TRUTH = [0x5f, 0xd8, 0xea]

const cases = join(root, 'public/cases')
const { readNifti } = (
  await runnerImport(join(root, 'src/core/volume/nifti-read.ts'), { configFile: false })
).module

const { cases: listed } = JSON.parse(readFileSync(join(cases, 'index.json'), 'utf8'))
for (const { id } of listed) {
  drawPicture(id)
  const sums = ['case.json', 'picture.png'].map((name) => [name, checksum(join(cases, id, name))])
  noteInNotice(id, sums)
  noteInLog(id, sums)
}

function drawPicture(id) {
  const path = join(cases, id, 'case.json')
  const text = readFileSync(path, 'utf8')
  const description = JSON.parse(text)
  const subject = description.subjects?.[0] ?? description
  const isBorrowed = description.picture !== undefined && description.picture !== 'picture.png'
  if (isBorrowed || !subject.truth) return
  const read = (name) => readNifti(new Uint8Array(readFileSync(join(cases, id, name)))).volume
  const picture = draw(read(subject.volume ?? 't1.nii.gz'), read(subject.truth))
  let png
  // Fewer greys until it fits.
  for (const greys of [64, 48, 32, 24, 16]) {
    png = encodePng(picture, greys)
    if (png.length <= MOST_BYTES) break
  }
  writeFileSync(join(cases, id, 'picture.png'), png)
  if (description.picture === undefined)
    writeFileSync(path, text.replace(/^(\s*)"model":/m, '$1"picture": "picture.png",\n$1"model":'))
  console.log(`${id}: ${png.length} bytes`)
}

/** null = there is no such file. */
function checksum(path) {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null
}

/** Keeps the table of shipped files in NOTICE.md true. */
function noteInNotice(id, sums) {
  const path = join(cases, 'NOTICE.md')
  const isOwn = (line) => sums.some(([name]) => line.startsWith(`| \`${id}/${name}\` |`))
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => !isOwn(line))
  const from = lines.lastIndexOf('| file | sha256 |') + 2
  const rows = sums.flatMap(([name, sum]) =>
    sum === null ? [] : [`| \`${id}/${name}\` | \`${sum}\` |`],
  )
  const table = [...lines.slice(from), ...rows].sort()
  writeFileSync(path, `${[...lines.slice(0, from), ...table].join('\n')}\n`)
}

/** Keeps the list of files in the log of the case's training true, and its other lines as they are. */
function noteInLog(id, sums) {
  const path = join(root, 'training/logs', `${id}.json`)
  if (!existsSync(path)) return
  let text = readFileSync(path, 'utf8')
  const { files_sha256: noted } = JSON.parse(text)
  for (const [name, sum] of sums) {
    if (sum === null || noted[name] === sum) continue
    const line = `"${name}": "${sum}"`
    text =
      noted[name] === undefined
        ? text.replace('"files_sha256": {', `"files_sha256": {\n    ${line},`)
        : text.replace(`"${name}": "${noted[name]}"`, line)
  }
  writeFileSync(path, text)
}

/** Grey values 0 to 1, and where the outline runs. The patient's left is on the right. */
function draw(volume, truth) {
  const { dims, affine } = volume
  const [nx, ny] = dims
  const at = (data, voxel) => data[voxel[0] + nx * (voxel[1] + ny * voxel[2])] ?? 0
  // A stack of few slices is looked at slice by slice; a head where its truth is largest.
  const planes = [2, 1, 0].filter((axis) => dims[(axis + 1) % 3] > 8 && dims[(axis + 2) % 3] > 8)
  let best = { count: 0, axis: planes[0], slice: Math.floor(dims[planes[0]] / 2) }
  for (const axis of planes) {
    const counts = new Map()
    each(dims, (voxel) => {
      if (at(truth.data, voxel)) counts.set(voxel[axis], (counts.get(voxel[axis]) ?? 0) + 1)
    })
    for (const [slice, count] of counts) if (count > best.count) best = { count, axis, slice }
  }
  // Screen axes in space: x to the patient's left, y to the top (axial: to the front).
  const [right, up] = best.axis === 2 ? [0, 1] : best.axis === 1 ? [0, 2] : [1, 2]
  const sign = (axis) => Math.sign(affine[axis * 4 + axis]) || 1
  const low = Math.min(...sample(volume.data))
  const high = sample(volume.data.filter((value) => value > low)).sort((a, b) => a - b)
  const white = high[Math.floor(0.995 * (high.length - 1))] ?? low + 1
  const box = bounds(dims, right, up, (p, q) => at(volume.data, place(best, right, up, p, q)) > low)
  const side = Math.max(box.width, box.height) * 1.04
  const grey = new Float32Array(SIZE * SIZE)
  const inside = new Uint8Array(SIZE * SIZE)
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const u = ((column + 0.5) / SIZE - 0.5) * side
      const v = (0.5 - (row + 0.5) / SIZE) * side
      // Radiological: the patient's right is on the left of the picture.
      const p = box.centreP - u * sign(right)
      const q = box.centreQ + v * sign(up)
      const pixel = row * SIZE + column
      grey[pixel] = blend(
        (i, j) => at(volume.data, place(best, right, up, i, j)),
        dims,
        right,
        up,
        p,
        q,
      )
      grey[pixel] = Math.min(1, Math.max(0, (grey[pixel] - low) / (white - low)))
      const soft = blend(
        (i, j) => (at(truth.data, place(best, right, up, i, j)) ? 1 : 0),
        dims,
        right,
        up,
        p,
        q,
      )
      inside[pixel] = soft >= 0.5 ? 1 : 0
    }
  }
  const outline = inside.map((value, pixel) => {
    const near = [-1, 1, -SIZE, SIZE, -2, 2, -2 * SIZE, 2 * SIZE]
    return !value && near.some((step) => inside[pixel + step]) ? 1 : 0
  })
  return { grey, outline }
}

function place({ axis, slice }, right, up, p, q) {
  const voxel = [0, 0, 0]
  voxel[axis] = slice
  voxel[right] = p
  voxel[up] = q
  return voxel
}

function each([nx, ny, nz], visit) {
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) visit([i, j, k])
}

function bounds(dims, right, up, isLit) {
  let [left, most, low, top] = [dims[right], -1, dims[up], -1]
  for (let q = 0; q < dims[up]; q++)
    for (let p = 0; p < dims[right]; p++) {
      if (!isLit(p, q)) continue
      left = Math.min(left, p)
      most = Math.max(most, p)
      low = Math.min(low, q)
      top = Math.max(top, q)
    }
  return {
    width: most - left + 1,
    height: top - low + 1,
    centreP: (left + most) / 2,
    centreQ: (low + top) / 2,
  }
}

/** Linear interpolation between voxels; 0 outside. */
function blend(value, dims, right, up, p, q) {
  const [i, j] = [Math.floor(p), Math.floor(q)]
  const read = (a, b) => (a < 0 || b < 0 || a >= dims[right] || b >= dims[up] ? 0 : value(a, b))
  const [x, y] = [p - i, q - j]
  return (
    (1 - x) * (1 - y) * read(i, j) +
    x * (1 - y) * read(i + 1, j) +
    (1 - x) * y * read(i, j + 1) +
    x * y * read(i + 1, j + 1)
  )
}

function sample(data) {
  const stride = Math.max(1, Math.floor(data.length / 50_000))
  return Array.from({ length: Math.ceil(data.length / stride) }, (_, n) => data[n * stride])
}

/** Colour type 3 (palette), rows unfiltered: few greys compress better so. */
function encodePng({ grey, outline }, greys) {
  const palette = Buffer.alloc(3 * (greys + 1))
  for (let n = 0; n < greys; n++)
    palette.fill(Math.round((255 * n) / (greys - 1)), 3 * n, 3 * n + 3)
  palette.set(TRUTH, 3 * greys)
  const index = grey.map((value, at) => (outline[at] ? greys : Math.round(value * (greys - 1))))
  const rows = Buffer.alloc(SIZE * (SIZE + 1))
  for (let row = 0; row < SIZE; row++) {
    rows[row * (SIZE + 1)] = 0
    for (let column = 0; column < SIZE; column++)
      rows[row * (SIZE + 1) + 1 + column] = index[row * SIZE + column]
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIZE, 0)
  header.writeUInt32BE(SIZE, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
