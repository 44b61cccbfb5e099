import { setImmediate } from 'node:timers/promises'
import {
  type DuckDBDataChunk,
  type DuckDBDecimalType,
  type DuckDBEnumType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVarCharVector,
  type DuckDBVector,
} from '@duckdb/node-api'
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import type { ChunkStream } from './duckdb-stream.ts'
import { type TextBytes, textBytes, validBits } from './text-bytes.ts'

/**
 * A query's rows as an Arrow IPC stream: DECIMAL as Decimal128, to the last digit; HUGEINT as Decimal128(38, 0); instants in
 * microseconds; ENUM as a dictionary, sent once, of 32-bit indices; lists and maps hold text; every other type is text.
 *
 * Pieces are made only when they are asked for; one record batch a chunk.
 */
export async function* arrowStream(stream: ChunkStream): AsyncGenerator<Uint8Array> {
  const schema = new Schema(stream.columns.map(({ name, type }) => new Field(name, arrowType(type), true)))
  const dictionaries = stream.columns.map(({ type }) =>
    type.typeId === DuckDBTypeId.ENUM ? vectorFromArray((type as DuckDBEnumType).values, new Utf8()) : undefined,
  )
  const writer = new CollectingWriter()
  writer.reset(undefined, schema)
  const rooms = stream.columns.map(growing)
  for await (const chunk of ahead(stream.chunks)) {
    writer.write(await batchOf(schema, chunk, { rooms, dictionaries }))
    yield writer.take()
  }
  writer.finish()
  yield writer.take()
}

/** The next chunk is made while this one is encoded. */
async function* ahead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = items.next()
  try {
    for (let item = await next; !item.done; item = await next) {
      next = items.next()
      next.catch(() => undefined)
      yield item.value
    }
  } finally {
    await items.return(undefined)
  }
}

/** One buffer for all batches of a column: each is copied before the next is made. */
function growing(): Room {
  let buffer = Buffer.alloc(0)
  return (size) => {
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size * 2)
    return buffer
  }
}

type Room = (size: number) => Buffer

/** A class because the library's own sink has no back-pressure: the pieces of a message are taken from here instead. */
class CollectingWriter extends RecordBatchStreamWriter {
  private pieces: Uint8Array[] = []

  protected override _write(chunk: ArrayBufferView): this {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (bytes.byteLength === 0) return this
    this.pieces.push(bytes)
    this._position += bytes.byteLength
    return this
  }

  take(): Uint8Array {
    const joined = Buffer.concat(this.pieces)
    this.pieces = []
    return joined
  }
}

const directTypes: ReadonlyMap<DuckDBTypeId, DataType> = new Map<DuckDBTypeId, DataType>([
  [DuckDBTypeId.TINYINT, new Int8()],
  [DuckDBTypeId.SMALLINT, new Int16()],
  [DuckDBTypeId.INTEGER, new Int32()],
  [DuckDBTypeId.BIGINT, new Int64()],
  [DuckDBTypeId.UTINYINT, new Uint8()],
  [DuckDBTypeId.USMALLINT, new Uint16()],
  [DuckDBTypeId.UINTEGER, new Uint32()],
  [DuckDBTypeId.UBIGINT, new Uint64()],
  [DuckDBTypeId.FLOAT, new Float32()],
  [DuckDBTypeId.DOUBLE, new Float64()],
  [DuckDBTypeId.DATE, new DateDay()],
  [DuckDBTypeId.TIMESTAMP, new TimestampMicrosecond()],
  [DuckDBTypeId.TIMESTAMP_TZ, new TimestampMicrosecond('UTC')],
])

function arrowType(type: DuckDBType): DataType {
  const direct = directTypes.get(type.typeId)
  if (direct) return direct
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return new Bool()
    case DuckDBTypeId.DECIMAL:
      return new Decimal((type as DuckDBDecimalType).scale, (type as DuckDBDecimalType).width, 128)
    case DuckDBTypeId.HUGEINT:
      return new Decimal(0, 38, 128)
    case DuckDBTypeId.ENUM:
      return new Dictionary(new Utf8(), new Int32())
    case DuckDBTypeId.LIST:
      return new List(new Field('item', new Utf8(), true))
    case DuckDBTypeId.MAP:
      return new Map_(
        new Field(
          'entries',
          new Struct<{ key: DataType; value: DataType }>([
            new Field('key', new Utf8(), false),
            new Field('value', new Utf8(), true),
          ]),
          false,
        ),
      )
    default:
      return new Utf8()
  }
}

/** What the columns of a stream keep from batch to batch. */
interface Kept {
  readonly rooms: readonly Room[]
  readonly dictionaries: readonly (Vector | undefined)[]
}

/** Cells encoded before others get their turn: a few milliseconds of work. */
const slice = 16_384

async function batchOf(schema: Schema, chunk: DuckDBDataChunk, { rooms, dictionaries }: Kept): Promise<RecordBatch> {
  const length = chunk.rowCount
  const children: Data[] = []
  let cells = 0
  for (const [index, { type }] of schema.fields.entries()) {
    const dictionary = dictionaries[index]
    const vector = chunk.getColumnVector(index)
    children.push(
      dictionary
        ? indexData(type, vector, length, dictionary)
        : dataOf(type, vector, length, rooms[index] ?? Buffer.alloc),
    )
    cells += length
    if (cells < slice) continue
    cells = 0
    await setImmediate()
  }
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }))
}

/** The buffers that a vector reads from: DuckDB and Arrow lay out numbers, decimals and validity alike, so these are written as they are. */
interface Buffers {
  readonly items?: ArrayBufferView
  readonly dataView?: DataView
}

/** Indices of 32 bits with sign, whatever the engine's width: every reader takes these. */
function indexData(type: DataType, vector: DuckDBVector, length: number, dictionary: Vector): Data {
  const { items } = vector as unknown as Buffers
  const data = Int32Array.from(items as Uint8Array | Uint16Array | Uint32Array)
  return makeData({ type, length, ...nullsOf(vector), data, dictionary } as never)
}

function nullsOf(vector: DuckDBVector) {
  const valid = validBits(vector)
  return valid ? { nullBitmap: valid, nullCount: -1 } : { nullCount: 0 }
}

function dataOf(type: DataType, vector: DuckDBVector, length: number, room: Room): Data {
  const { items, dataView } = vector as unknown as Buffers
  const nulls = nullsOf(vector)
  if (directTypes.has(vector.type.typeId) && items) return makeData({ type, length, ...nulls, data: items } as never)
  if (type instanceof Decimal) {
    const whole =
      (vector.type.typeId === DuckDBTypeId.HUGEINT || (vector.type as DuckDBDecimalType).width > 18) && dataView
    return makeData({
      type,
      length,
      ...nulls,
      data: whole ? words(whole) : words(scaledValues(vector, length)),
    })
  }
  if (type instanceof Utf8) {
    const { offsets, bytes } =
      vector instanceof DuckDBVarCharVector ? textBytes(vector, length, room) : writtenText(vector, length)
    return makeData({ type, length, ...nulls, valueOffsets: offsets, data: bytes } as never)
  }
  return nestedData(type, vector, length)
}

function words(view: ArrayBufferView): Uint32Array {
  return new Uint32Array(view.buffer, view.byteOffset, view.byteLength / 4)
}

/** Narrow decimals as 128-bit little-endian integers. */
function scaledValues(vector: DuckDBVector, length: number): BigInt64Array {
  const words = new BigInt64Array(2 * length)
  for (let row = 0; row < length; row++) {
    const item = vector.getItem(row) as { readonly value: bigint } | null
    words[2 * row] = BigInt.asIntN(64, item?.value ?? 0n)
    words[2 * row + 1] = (item?.value ?? 0n) < 0n ? -1n : 0n
  }
  return words
}

/** Text of every other type, asked for by value. */
function writtenText(vector: DuckDBVector, length: number): TextBytes {
  const offsets = new Int32Array(length + 1)
  const buffer = textBuffer(length * 16)
  for (let row = 0; row < length; row++) {
    const value = vector.getItem(row)
    if (value !== null) buffer.write(String(value))
    offsets[row + 1] = buffer.length()
  }
  return { offsets, bytes: buffer.bytes() }
}

/** Bytes that grow as text is added. */
function textBuffer(size: number) {
  let bytes = Buffer.allocUnsafe(size)
  let end = 0
  const reserve = (more: number) => {
    if (end + more <= bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, end + more))
    bytes.copy(larger, 0, 0, end)
    bytes = larger
  }
  return {
    write(text: string) {
      reserve(text.length * 3)
      end += bytes.write(text, end)
    },
    length: () => end,
    bytes: () => bytes.subarray(0, end),
  }
}

/** Booleans, lists and maps by value: rare in answers, so clarity goes before speed. */
function nestedData(type: DataType, vector: DuckDBVector, length: number): Data {
  const values = Array.from({ length }, (_, row) => plain(vector.getItem(row)))
  const data = vectorFromArray(values, type).data[0]
  if (!data) throw new Error(`no Arrow data for ${vector.type}`)
  return data
}

function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if ('entries' in value && Array.isArray(value.entries)) {
    return new Map(
      (value.entries as { key: unknown; value: unknown }[]).map((entry) => [
        String(entry.key),
        entry.value === null ? null : String(entry.value),
      ]),
    )
  }
  if ('items' in value && Array.isArray(value.items))
    return value.items.map((item: unknown) => (item === null ? null : String(item)))
  return String(value)
}
