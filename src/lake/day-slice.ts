import { basename } from 'node:path'

/**
 * Which table and ingestion day a collected file of rows holds whole, from its name `<table>-<YYYYMMDD>.ndjson.gz`; null for any
 * other. Only collectors may be taken at this word: a dump of the same name may hold anything.
 */
export function daySliceOf(path: string): string | null {
  const [, table, day] = /^(.+)-(\d{8})\.ndjson\.gz$/.exec(basename(path)) ?? []
  return table && day ? `${table}/${day}` : null
}
