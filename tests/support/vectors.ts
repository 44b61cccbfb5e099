import { existsSync, readFileSync } from 'node:fs'

// biome-ignore lint/suspicious/noExplicitAny: worked examples of many shapes, read only by tests
type Example = any

export interface Vector {
  readonly id: string
  readonly title: string
  readonly inputs: Example
  readonly expected: Example
}

const path = new URL('../../../shared/specs/vectors.json', import.meta.url)

/** Worked examples of specs/vectors.json by id; null where ../shared is absent. */
const vectors: Readonly<Record<string, Vector>> | null = existsSync(path)
  ? Object.fromEntries(
      (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }).vectors.map((each) => [each.id, each]),
    )
  : null

/** True where ../shared is absent: tests of worked examples are skipped then. */
export const withoutVectors = vectors === null

/** The worked example `id`; only inside tests that are skipped without vectors. */
export function vector(id: string): Vector {
  const found = vectors?.[id]
  if (!found) throw new Error(`specs/vectors.json has no ${id}`)
  return found
}
