/** @file What a file that is not ONNX probably is, so that the message can say what would work. */

interface Signature {
  readonly bytes: readonly number[]
  readonly offset: number
  readonly what: string
}

const SIGNATURES: readonly Signature[] = [
  { offset: 0, bytes: [0x1f, 0x8b], what: 'a gzip file (perhaps a .nii.gz volume)' },
  {
    offset: 0,
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'a zip file (perhaps a PyTorch .pt or Keras .keras file; export it to ONNX first)',
  },
  {
    offset: 0,
    bytes: [0x89, 0x48, 0x44, 0x46],
    what: 'an HDF5 file (perhaps a Keras .h5 model; convert it to ONNX first)',
  },
  { offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG picture' },
  { offset: 0, bytes: [0x5c, 0x01, 0x00, 0x00], what: 'a NIfTI-1 volume' },
  { offset: 0, bytes: [0x00, 0x00, 0x01, 0x5c], what: 'a NIfTI-1 volume' },
  { offset: 0, bytes: [0x1c, 0x02, 0x00, 0x00], what: 'a NIfTI-2 volume' },
  { offset: 0, bytes: [0x00, 0x00, 0x02, 0x1c], what: 'a NIfTI-2 volume' },
  { offset: 128, bytes: [0x44, 0x49, 0x43, 0x4d], what: 'a DICOM file' },
  {
    offset: 4,
    bytes: [0x4f, 0x52, 0x54, 0x4d],
    what: 'an ORT-format model; use the .onnx it was made from',
  },
  { offset: 4, bytes: [0x54, 0x46, 0x4c, 0x33], what: 'a TensorFlow Lite model' },
]

/** "a PNG picture", or null when the bytes are not recognised (and may well be ONNX). */
export function recogniseOtherFile(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'an empty file'
  const known = SIGNATURES.find((signature) =>
    signature.bytes.every((byte, index) => bytes[signature.offset + index] === byte),
  )
  if (known !== undefined) return known.what
  return looksLikeText(bytes) ? textKind(bytes) : null
}

const TEXT_SAMPLE = 512

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, TEXT_SAMPLE)
    .every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}

function textKind(bytes: Uint8Array): string {
  const start = new TextDecoder().decode(bytes.subarray(0, TEXT_SAMPLE)).trimStart()
  if (start.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer; download the real file with "git lfs pull"'
  }
  if (start.startsWith('<')) return 'a web page (perhaps a failed download)'
  return 'a text file'
}
