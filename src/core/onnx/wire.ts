/**
 * @file Protobuf's wire format, and the only door to @bufbuild/protobuf.
 *
 * The fields are read by number straight from onnx.proto instead of through generated messages, for
 * two measured reasons: a generated message turns every packed float into a JavaScript number, and
 * its writer copies a tensor once per nesting level. Here weights stay views and are copied once.
 */

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** One field of a message, still encoded; call exactly one of the readers. */
export interface Field {
  readonly number: number
  /** A nested message, a string's bytes or a packed array: a view, never a copy. */
  bytes(): Uint8Array
  text(): string
  float(): number
  double(): number
  int64(): bigint
  uint64(): bigint
  int32(): number
  /** Calls `take` for every element of a repeated varint field, packed or not. */
  eachInt64(take: (value: bigint) => void): void
  /** True when a repeated field arrived packed, so that `bytes()` holds all its elements. */
  readonly isLengthDelimited: boolean
}

/** Visits the fields of one message in file order; fields not read by `visit` are skipped. */
export function readMessage(bytes: Uint8Array, visit: (field: Field) => void): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const start = reader.pos
    visit(createField(reader, number, wireType))
    if (reader.pos === start) reader.skip(wireType, number)
    if (reader.pos > reader.len) throw new RangeError('premature end of message')
  }
}

function createField(reader: BinaryReader, number: number, wireType: WireType): Field {
  const expect = (type: WireType) => {
    if (wireType !== type) throw new RangeError(`field ${number} has wire type ${wireType}`)
  }
  const varint = <T>(read: () => T): T => {
    expect(WireType.Varint)
    return read()
  }
  return {
    number,
    isLengthDelimited: wireType === WireType.LengthDelimited,
    bytes: () => {
      expect(WireType.LengthDelimited)
      return reader.bytes()
    },
    text: () => {
      expect(WireType.LengthDelimited)
      return reader.string()
    },
    float: () => {
      expect(WireType.Bit32)
      return reader.float()
    },
    double: () => {
      expect(WireType.Bit64)
      return reader.double()
    },
    int64: () => varint(() => BigInt(reader.int64())),
    uint64: () => varint(() => BigInt(reader.uint64())),
    int32: () => varint(() => Number(BigInt.asIntN(32, BigInt(reader.int64())))),
    eachInt64: (take) => {
      if (wireType !== WireType.LengthDelimited) {
        take(varint(() => BigInt(reader.int64())))
        return
      }
      const packed = new BinaryReader(reader.bytes())
      while (packed.pos < packed.len) take(BigInt(packed.int64()))
    },
  }
}

/** A message being written: small encoded pieces and untouched views of weights, in file order. */
export interface MessageWriter {
  bytes(field: number, value: Uint8Array): void
  text(field: number, value: string): void
  float(field: number, value: number): void
  int64(field: number, value: number | bigint): void
  packedFloats(field: number, values: readonly number[]): void
  packedInt64s(field: number, values: readonly (number | bigint)[]): void
  message(field: number, write: (nested: MessageWriter) => void): void
}

/** Bytes of the message that `write` fills; every view given to it is copied exactly once. */
export function writeMessage(write: (message: MessageWriter) => void): Uint8Array<ArrayBuffer> {
  const { chunks, length } = collect(write)
  const out = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    out.set(chunk, offset)
    offset += chunk.length
  }
  return out
}

interface Collected {
  readonly chunks: readonly Uint8Array[]
  readonly length: number
}

/** Views at least this long are kept by reference; shorter ones are cheaper to copy at once. */
const KEEP_VIEW_FROM_BYTES = 1024

function collect(write: (message: MessageWriter) => void): Collected {
  const chunks: Uint8Array[] = []
  let length = 0
  const small = new BinaryWriter()
  const push = (chunk: Uint8Array) => {
    if (chunk.length === 0) return
    chunks.push(chunk)
    length += chunk.length
  }
  const head = (field: number, byteLength: number) =>
    small.tag(field, WireType.LengthDelimited).uint32(byteLength)
  write({
    bytes: (field, value) => {
      head(field, value.length)
      if (value.length < KEEP_VIEW_FROM_BYTES) {
        small.raw(value)
        return
      }
      push(small.finish())
      push(value)
    },
    text: (field, value) => small.tag(field, WireType.LengthDelimited).string(value),
    float: (field, value) => small.tag(field, WireType.Bit32).float(value),
    int64: (field, value) => small.tag(field, WireType.Varint).int64(value),
    packedFloats: (field, values) => {
      head(field, values.length * 4)
      for (const value of values) small.float(value)
    },
    packedInt64s: (field, values) => {
      small.tag(field, WireType.LengthDelimited).fork()
      for (const value of values) small.int64(value)
      small.join()
    },
    message: (field, writeNested) => {
      const nested = collect(writeNested)
      head(field, nested.length)
      push(small.finish())
      for (const chunk of nested.chunks) push(chunk)
    },
  })
  push(small.finish())
  return { chunks, length }
}
