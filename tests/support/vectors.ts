import { existsSync, readFileSync } from 'node:fs'

const path = new URL('../../../shared/specs/vectors.json', import.meta.url)

// biome-ignore lint/suspicious/noExplicitAny: worked examples of many shapes, read only by tests
export interface Vector {
  readonly id: string
  readonly title: string
  readonly inputs: any
  readonly expected: any
  readonly known_wrong_answers?: any
}

/** Worked examples of specs/vectors.json by id; null where ../shared is absent. */
export const vectors: Readonly<Record<string, Vector>> | null = existsSync(path)
  ? Object.fromEntries(
      (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }).vectors.map((vector) => [vector.id, vector]),
    )
  : null

/** Why tests of worked examples are skipped. */
export const withoutVectors = vectors === null

/** The worked example `id`; only inside tests that are skipped without vectors. */
export function vector(id: string): Vector {
  const found = vectors?.[id]
  if (!found) throw new Error(`specs/vectors.json has no ${id}`)
  return found
}
