import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'

export type Block = Float64Array | Float32Array | Int32Array | Uint8Array

/** Plain values and named blocks of numbers, as one file. */
export interface Packed {
  readonly head: unknown
  readonly blocks: Readonly<Record<string, Block>>
}

const magic = 'costwright-state'
const types = { Float64Array, Float32Array, Int32Array, Uint8Array } as const
type TypeName = keyof typeof types

interface Index {
  readonly head: unknown
  readonly blocks: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[]
}

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8
/** Magic word, length and checksum of the rest, engine, length of the index. */
const prefix = 40
/** The form of serialized values is the engine's own. */
const engine = () => crc32(process.versions.v8)

/** Writes a file under a temporary name in its folder, then renames it. */
export function writePacked(path: string, { head, blocks }: Packed): void {
  const named = Object.entries(blocks)
  const index: Index = {
    head,
    blocks: named.map(([name, block]) => ({ name, type: block.constructor.name as TypeName, length: block.length })),
  }
  const text = serialize(index)
  const parts: Uint8Array[] = [text, new Uint8Array(aligned(text.length) - text.length)]
  for (const [, block] of named)
    parts.push(bytesOf(block), new Uint8Array(aligned(block.byteLength) - block.byteLength))
  const start = Buffer.alloc(prefix)
  start.write(magic, 'latin1')
  start.writeDoubleLE(
    parts.reduce((sum, part) => sum + part.length, 0),
    16,
  )
  start.writeUInt32LE(
    parts.reduce((sum, part) => crc32(part, sum), 0),
    24,
  )
  start.writeUInt32LE(engine(), 28)
  start.writeDoubleLE(text.length, 32)
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeAll(draft, [start, ...parts])
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

const bytesOf = (block: Block) => new Uint8Array(block.buffer, block.byteOffset, block.byteLength)

/** Bytes a call: one call for hundreds of megabytes costs twice the time (measured on ext4, Linux 6). */
const chunk = 8 << 20

function writeAll(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, 'w')
  try {
    for (const part of parts)
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at, Math.min(chunk, part.length - at))
  } finally {
    closeSync(file)
  }
}

/** What a file holds; null when there is no such file; a text that says what is wrong with it otherwise. */
export function readPacked(path: string): Packed | string | null {
  if (!existsSync(path)) return null
  const bytes = readFileSync(path)
  if (bytes.length < prefix || bytes.toString('latin1', 0, magic.length) !== magic) return 'it is no file of this kind'
  if (bytes.readDoubleLE(16) !== bytes.length - prefix) return 'it is cut short'
  if (bytes.readUInt32LE(28) !== engine()) return 'it was written by another version of Node'
  if (bytes.readUInt32LE(24) !== crc32(bytes.subarray(prefix))) return 'its checksum does not agree'
  const length = bytes.readDoubleLE(32)
  const index = deserialize(bytes.subarray(prefix, prefix + length)) as Index
  const blocks: Record<string, Block> = {}
  let at = bytes.byteOffset + prefix + aligned(length)
  for (const { name, type, length: size } of index.blocks) {
    const block = new types[type](bytes.buffer, at, size)
    blocks[name] = block
    at += aligned(block.byteLength)
  }
  return { head: index.head, blocks }
}
