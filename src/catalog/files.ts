import { readdirSync, readFileSync } from 'node:fs'

/** The `queries/` folder: beside `src/` in the repository, beside `dist/` in the published package. */
export const queriesUrl = new URL('../../queries/', import.meta.url)

/** Text of one file below `queries/`, e.g. `focus/aws_cur.sql`. */
export function readQuery(path: string): string {
  return readFileSync(new URL(path, queriesUrl), 'utf8')
}

/** Texts of the SQL files of one folder below `queries/`, by file name. */
export function readFolder(folder: string): readonly string[] {
  return readdirSync(new URL(`${folder}/`, queriesUrl))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readQuery(`${folder}/${name}`))
}
