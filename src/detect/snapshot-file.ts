import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'

export type Row = Float64Array | Float32Array

/** Rows of equally many numbers, read or written one after another. */
export interface Table {
  readonly name: string
  readonly type: 'Float64Array' | 'Float32Array'
  readonly count: number
  readonly width: number
}

export interface FilledTable extends Table {
  row(index: number): Row
}

/** An opened file: its plain values, and its tables still to be read. */
export interface Packed {
  readonly head: unknown
  /**
   * Calls `visit` with every row of the tables, in their order; the row is only good for the call. Returns null, or what is wrong with
   * the file, upon which all that was visited is void.
   */
  scan(visit: (table: Table, index: number, row: Row) => void): string | null
  close(): void
}

const magic = 'costwright-state'
/** Magic word, engine, checksum and length of the head. */
const prefix = 32
/** The form of serialized values is the engine's own. */
const engine = () => crc32(process.versions.v8)
/** Bytes that are gathered for one call: few enough to stay in the processor's cache. */
const chunk = 1 << 20

const views = { Float64Array, Float32Array } as const

/** Writes plain values and tables under a temporary name in the file's folder, then renames it. */
export function writePacked(path: string, head: unknown, tables: readonly FilledTable[]): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  const file = openSync(draft, 'w')
  try {
    const index = tables.map(({ name, type, count, width }): Table => ({ name, type, count, width }))
    const text = serialize({ head, index })
    const start = Buffer.alloc(prefix)
    start.write(magic, 'latin1')
    start.writeUInt32LE(engine(), 16)
    start.writeUInt32LE(crc32(text), 20)
    start.writeDoubleLE(text.length, 24)
    let sum = 0
    const put = (bytes: Uint8Array) => {
      sum = crc32(bytes, sum)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    }
    put(start)
    put(text)
    for (const table of tables) putTable(table, put)
    const end = Buffer.alloc(4)
    end.writeUInt32LE(sum)
    writeSync(file, end)
    renameSync(draft, path)
  } finally {
    closeSync(file)
    rmSync(draft, { force: true })
  }
}

/** A buffer of some rows of a table, seen as bytes and as numbers. */
function roomFor({ type, width, count }: Table) {
  const rows = Math.max(1, Math.min(count, Math.floor(chunk / (width * views[type].BYTES_PER_ELEMENT))))
  const numbers = new views[type](rows * width)
  return { rows, numbers, bytes: new Uint8Array(numbers.buffer), rowBytes: width * numbers.BYTES_PER_ELEMENT }
}

function putTable(table: FilledTable, put: (bytes: Uint8Array) => void): void {
  const { rows, numbers, bytes, rowBytes } = roomFor(table)
  for (let first = 0; first < table.count; first += rows) {
    const count = Math.min(rows, table.count - first)
    for (let i = 0; i < count; i++) numbers.set(table.row(first + i), i * table.width)
    put(bytes.subarray(0, count * rowBytes))
  }
}

/** Opens a file; null when there is none; a text that says what is wrong with it otherwise. */
export function openPacked(path: string): Packed | string | null {
  if (!existsSync(path)) return null
  const file = openSync(path, 'r')
  const close = () => closeSync(file)
  let sum = 0
  const get = (bytes: Uint8Array): boolean => {
    let at = 0
    for (let got = -1; at < bytes.length && got !== 0; at += got)
      got = readSync(file, bytes, at, bytes.length - at, null)
    sum = crc32(bytes, sum)
    return at === bytes.length
  }
  const refuse = (reason: string) => {
    close()
    return reason
  }
  const start = Buffer.alloc(prefix)
  if (!get(start) || start.toString('latin1', 0, magic.length) !== magic) return refuse('it is no file of this kind')
  if (start.readUInt32LE(16) !== engine()) return refuse('it was written by another version of Node')
  const length = start.readDoubleLE(24)
  if (!(length >= 0 && length <= fstatSync(file).size - prefix)) return refuse('it is cut short')
  const text = Buffer.alloc(length)
  if (!get(text) || start.readUInt32LE(20) !== crc32(text)) return refuse('its checksum does not agree')
  const { head, index } = deserialize(text) as { head: unknown; index: readonly Table[] }
  return {
    head,
    close,
    scan(visit) {
      for (const table of index) if (!getTable(table, get, visit)) return 'it is cut short'
      const expected = sum
      const end = Buffer.alloc(4)
      return get(end) && end.readUInt32LE() === expected ? null : 'its checksum does not agree'
    },
  }
}

function getTable(
  table: Table,
  get: (bytes: Uint8Array) => boolean,
  visit: (table: Table, index: number, row: Row) => void,
): boolean {
  const { rows, numbers, bytes, rowBytes } = roomFor(table)
  for (let first = 0; first < table.count; first += rows) {
    const count = Math.min(rows, table.count - first)
    if (!get(bytes.subarray(0, count * rowBytes))) return false
    for (let i = 0; i < count; i++)
      visit(table, first + i, numbers.subarray(i * table.width, (i + 1) * table.width) as Row)
  }
  return true
}
