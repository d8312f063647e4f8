import { Failure } from '../core/failure.ts'

/** The bytes of a file as it was dropped; a File is only a reference to the disk until it is read. */
export async function readFile(
  file: Blob | Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (file instanceof Uint8Array) return file
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (cause) {
    throw new Failure(
      'bad-file',
      'The file can no longer be read: it was changed or moved since it was chosen; choose it again.',
      { cause },
    )
  }
}
