import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { UserError } from '../errors.ts'
import type { Wrapping } from './container.ts'
import type { CsvHead } from './csv-head.ts'

/** Rows that a repair changed, by what was wrong with them; `first` is the first such row's number (the header is row 1). */
export interface RepairNote {
  readonly what: string
  rows: number
  readonly first: number
}

export interface Repaired {
  readonly path: string
  readonly notes: readonly RepairNote[]
}

/**
 * Rewrites a CSV file that the engine's strict reader refuses (mixed line ends, padding, ragged rows, other encodings)
 * as clean UTF-8 CSV in `directory`, without losing a value: short rows are padded, surplus cells must be empty.
 * Throws UserError naming file, row and column count when a row has more values than the header has names.
 */
export async function repairCsv(path: string, wrapping: Wrapping, head: CsvHead, directory: string): Promise<Repaired> {
  try {
    return await rewrite(path, wrapping, head, directory, head.dialect.encoding)
  } catch (error) {
    if (head.dialect.encoding !== 'utf-8' || !(error instanceof UserError && isNoUtf8(error.cause))) throw error
    return rewrite(path, wrapping, head, directory, 'windows-1252')
  }
}

function isNoUtf8(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
}

async function rewrite(
  path: string,
  wrapping: Wrapping,
  head: CsvHead,
  directory: string,
  encoding: CsvHead['dialect']['encoding'],
): Promise<Repaired> {
  const target = join(directory, `${crypto.randomUUID()}.csv`)
  const width = head.columns.length
  const notes = new Map<string, RepairNote>()
  const note = (what: string, row: number) => {
    const known = notes.get(what)
    if (known) known.rows += 1
    else notes.set(what, { what, rows: 1, first: row })
  }
  const { delimiter, quoteEscape, skipLines } = head.dialect
  let row = skipLines - 1
  const clean = new Transform({
    writableObjectMode: true,
    transform(cells: string[], _, done) {
      row += 1
      const values = cells.map((cell) => cell.trim())
      if (values.length > width) {
        if (values.slice(width).some((value) => value !== '')) {
          return done(
            new UserError(`${path}, row ${row}: ${values.length} values, but the header names ${width} columns`, {
              hint: 'A value holds an unquoted separator or the header misses a name. Export again, or correct the row; nothing was imported.',
            }),
          )
        }
        note('had empty cells after the last column', row)
      }
      if (row > skipLines && values.every((value) => value === '')) {
        note('were blank and left out', row)
        return done()
      }
      if (values.length < width && row > skipLines) note('ended early and were padded with empty cells', row)
      done(null, `${head.columns.map((_, index) => quote(values[index] ?? '')).join(',')}\n`)
    },
  })
  const parser = parse({
    delimiter,
    escape: quoteEscape,
    from_line: skipLines,
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
  const source: Readable = createReadStream(path)
  const unpacked = wrapping === 'gzip' ? source.pipe(createGunzip()) : source
  try {
    await pipeline(unpacked, decoder(encoding), parser, clean, createWriteStream(target))
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`${path} is no readable CSV: ${reason}`, {
      hint: 'Export the file again; nothing was imported.',
      cause,
    })
  }
  return { path: target, notes: [...notes.values()] }
}

function decoder(encoding: CsvHead['dialect']['encoding']): Transform {
  const text = new TextDecoder(encoding, { fatal: true })
  const decode = (done: (error: Error | null, data?: string) => void, chunk?: Buffer) => {
    let decoded: string
    try {
      decoded = chunk ? text.decode(chunk, { stream: true }) : text.decode()
    } catch (error) {
      return done(error as Error)
    }
    done(null, decoded)
  }
  return new Transform({
    transform: (chunk: Buffer, _, done) => decode(done, chunk),
    flush: (done) => decode(done),
  })
}

function quote(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
