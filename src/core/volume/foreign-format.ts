/** @file Names the files that people drop by mistake, so that the refusal can say what to do. */

interface ForeignFormat {
  /** "a DICOM file". */
  readonly what: string
  readonly remedy: string
}

interface Signature extends ForeignFormat {
  readonly offset: number
  /** Latin-1. */
  readonly text: string
}

const openInstead = 'open a .nii or .nii.gz volume'

const signatures: readonly Signature[] = [
  { offset: 128, text: 'DICM', what: 'a DICOM file', remedy: 'convert the series with dcm2niix' },
  {
    offset: 0,
    text: '\x00\x00\x00\x01\x00\x00',
    what: 'a FreeSurfer .mgh volume',
    remedy: 'convert it with mri_convert or nibabel',
  },
  { offset: 0, text: 'NRRD', what: 'an NRRD volume', remedy: 'save it as .nii.gz' },
  { offset: 0, text: 'ObjectType', what: 'a MetaImage header', remedy: 'save it as .nii.gz' },
  { offset: 0, text: '\x89HDF', what: 'an HDF5 (or MINC) file', remedy: 'convert it to .nii.gz' },
  { offset: 0, text: '\x93NUMPY', what: 'a NumPy array', remedy: openInstead },
  { offset: 0, text: '\x89PNG', what: 'a PNG picture', remedy: openInstead },
  { offset: 0, text: '\xff\xd8\xff', what: 'a JPEG picture', remedy: openInstead },
  {
    offset: 0,
    text: 'PK\x03\x04',
    what: 'a ZIP archive',
    remedy: 'unpack it and open the volume inside',
  },
  { offset: 0, text: '%PDF', what: 'a PDF document', remedy: openInstead },
]

/** Null where the file is none of the known ones and not plain text. */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | null {
  const found = signatures.find(({ offset, text }) =>
    [...text].every((letter, index) => bytes[offset + index] === letter.charCodeAt(0)),
  )
  if (found !== undefined) return found
  const start = bytes.subarray(0, 256)
  const isText = start.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
  return isText ? { what: 'a text file', remedy: openInstead } : null
}
