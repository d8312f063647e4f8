/** @file Output files are written whole or not at all: to a neighbour first, then renamed. */

import {
  accessSync,
  constants,
  existsSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../core/failure.ts'

const unfinished = new Set<string>()

/** Fails early, before an hour of computing, when the folder cannot take the file. */
export function checkOutputPath(path: string, extensions: readonly string[]): void {
  if (!extensions.some((extension) => path.toLowerCase().endsWith(extension))) {
    throw new Failure('bad-request', `the output '${path}' must end in ${extensions.join(' or ')}`)
  }
  const folder = dirname(path)
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new Failure('bad-request', `the output's folder '${folder}' does not exist`)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw cannotWrite(path, error)
  }
  if (existsSync(path) && statSync(path).isDirectory())
    throw new Failure('bad-request', `the output '${path}' is a folder`)
}

/** Writes all files or none. */
export function writeOutputs(files: readonly { path: string; bytes: Uint8Array }[]): void {
  const written = files.map(({ path, bytes }) => {
    const neighbour = `${path}.${process.pid}.part`
    unfinished.add(neighbour)
    try {
      writeFileSync(neighbour, bytes)
    } catch (error) {
      throw cannotWrite(path, error)
    }
    return { neighbour, path }
  })
  for (const { neighbour, path } of written) {
    try {
      renameSync(neighbour, path)
    } catch (error) {
      throw cannotWrite(path, error)
    }
    unfinished.delete(neighbour)
  }
}

function cannotWrite(path: string, error: unknown): Failure {
  const why = error instanceof Error ? error.message : String(error)
  return new Failure('bad-request', `the output '${path}' cannot be written: ${why}`, {
    cause: error,
  })
}

/** Removes what an interrupted or failed run has left. */
export function forgetUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true })
  unfinished.clear()
}
