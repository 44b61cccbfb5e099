import { closeSync, openSync, readSync } from 'node:fs'

const peekBytes = 64 << 10
/** Parquet, gzip, UTF-16. */
const magics = ['PAR1', '\x1f\x8b', '\xff\xfe', '\xfe\xff']
const tableNames = /\.(csv|tsv|parquet|ndjson|jsonl|gz|zip)$/i

/**
 * Whether a file found in a folder is plainly no table of costs: notes, pictures, settings. Files named as tables never are,
 * nor is anything packed, JSON that speaks of costs, or text whose first line holds several columns.
 */
export function isUnrelated(path: string): boolean {
  if (tableNames.test(path)) return false
  const buffer = Buffer.alloc(peekBytes)
  const file = openSync(path, 'r')
  try {
    const text = buffer.subarray(0, readSync(file, buffer, 0, peekBytes, 0)).toString('latin1')
    if (magics.some((magic) => text.startsWith(magic))) return false
    if (/^(\xef\xbb\xbf)?\s*[[{]/.test(text)) return !/"[\w. ]*cost[\w. ]*"\s*:/i.test(text)
    const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? ''
    return line.includes('\0') || line.split(/[,;\t|]/).length < 4
  } finally {
    closeSync(file)
  }
}
