import { crc32 } from 'node:zlib'
import type { SeriesInput } from './input.ts'

/**
 * A checksum of the rows that became visible on each morning, two words a morning, from the first to `last_seen`. It does not depend
 * on the order of rows nor on which cells later mornings bring.
 */
export function digestOfRows({ cells, leaves, rows, last_seen }: SeriesInput): Int32Array {
  const names = Int32Array.from(cells, ({ leaf, ...cell }) => crc32(JSON.stringify([leaves[leaf], cell])) | 0)
  const words = new Int32Array(rows.amount.buffer, rows.amount.byteOffset, 2 * rows.length)
  const digest = new Int32Array(2 * Math.max(0, last_seen + 1))
  for (let i = 0; i < rows.length; i++) {
    const place = 2 * Math.max(0, rows.seen[i] as number)
    let hash = mixed((names[rows.cell[i] as number] as number) ^ (rows.day[i] as number))
    hash = mixed(hash ^ (words[2 * i] as number))
    digest[place] = ((digest[place] as number) + hash) | 0
    hash = mixed(hash ^ (words[2 * i + 1] as number))
    digest[place + 1] = ((digest[place + 1] as number) + hash) | 0
  }
  return digest
}

/** The 32-bit finaliser of MurmurHash3 (Appleby, public domain): every bit of the argument reaches every bit of the result. */
function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
