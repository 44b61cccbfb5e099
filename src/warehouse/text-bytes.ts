import { DuckDBBlobVector, type DuckDBVarCharVector, type DuckDBVector } from '@duckdb/node-api'

/** The texts of a vector one behind the other, UTF-8: the n-th is `bytes[offsets[n]] … bytes[offsets[n + 1]]`; a null takes no byte. */
export interface TextBytes {
  readonly offsets: Int32Array
  readonly bytes: Uint8Array
}

/** Texts of up to so many bytes stand in the vector itself. */
const inPlace = 12
const entrySize = 16

/**
 * Copies the texts of a VARCHAR vector without making strings of them.
 *
 * An entry is its length, then the text or, when longer than 12 bytes, four bytes of it and its address
 * (https://duckdb.org/docs/stable/internals/vector#string-vectors). A call into the engine for each address is most of the time of a wide
 * answer; but the engine writes the texts of a vector one behind the other, so neighbours are fetched with one call.
 *
 * @param room gives a buffer of at least so many bytes, which the answer is written to
 */
export function textBytes(vector: DuckDBVarCharVector, length: number, room: (size: number) => Buffer): TextBytes {
  const { dataView: view } = vector as unknown as { readonly dataView: DataView }
  const valid = validBits(vector)
  const offsets = new Int32Array(length + 1)
  for (let row = 0; row < length; row++) {
    const isThere = !valid || ((valid[row >> 3] ?? 0) & (1 << (row & 7))) !== 0
    offsets[row + 1] = (offsets[row] ?? 0) + (isThere ? view.getUint32(row * entrySize, true) : 0)
  }
  const bytes = room(offsets[length] ?? 0).subarray(0, offsets[length])
  const fetch = fetcher(bytes)
  for (let row = 0; row < length; row++) {
    const to = offsets[row] ?? 0
    const size = (offsets[row + 1] ?? 0) - to
    const entry = row * entrySize
    if (size > inPlace) fetch.take(view, entry, size, to)
    else for (let at = 0; at < size; at++) bytes[to + at] = view.getUint8(entry + 4 + at)
  }
  fetch.end()
  return { offsets, bytes }
}

/** One bit a row, set where a value is; undefined where all are. The engine's layout is Arrow's. */
export function validBits(vector: DuckDBVector): Uint8Array | undefined {
  const { data } =
    (vector as unknown as { readonly validity?: { readonly data: BigUint64Array | null } }).validity ?? {}
  return data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined
}

/** Collects texts that lie one behind the other in the engine's memory, and copies them to their places when the next lies elsewhere. */
function fetcher(target: Buffer) {
  const entry = new DataView(new ArrayBuffer(entrySize))
  const blob = new DuckDBBlobVector(entry, { itemValid: () => true } as never, null as never, 0, 1)
  let [start, end] = [0, 0]
  /** Runs of the same distance between source and target: start and end in the source, start in the target. */
  let pieces: { from: number; until: number; to: number }[] = []
  const copy = () => {
    if (pieces.length === 0) return
    entry.setUint32(0, end - start, true)
    const source = Buffer.from((blob.getItemBytes(0) as Uint8Array).buffer)
    for (const { from, until, to } of pieces) source.copy(target, to, from - start, until - start)
    pieces = []
  }
  return {
    take(view: DataView, at: number, size: number, to: number) {
      const address = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32
      if (address !== end) {
        copy()
        start = address
        entry.setBigUint64(8, view.getBigUint64(at + 8, true), true)
      }
      end = address + size
      const last = pieces.at(-1)
      if (last && last.until === address && last.to + address - last.from === to) last.until = end
      else pieces.push({ from: address, until: end, to })
    },
    end: copy,
  }
}
