import { createHash } from 'node:crypto'
import type { Manifest, Reference } from '../../src/edge/published.ts'
import { referencesOf } from '../../src/publish/published-state.ts'

/** What a reader of the published state can get: content by key, null when it is not there. */
export type ReadKey = (key: string) => Buffer | null

export const manifestIn = (read: ReadKey, audience: string) =>
  JSON.parse(String(read(`audiences/${audience}/manifest.json`))) as Manifest

/** Every reference of every manifest among `keys` that is not there whole: with its size, and the digest that is its name. */
export function brokenReferences(keys: Iterable<string>, read: ReadKey): string[] {
  const judged = new Map<string, boolean>()
  const isWhole = ({ key, bytes }: Reference) => {
    const content = read(key)
    const digest = /^objects\/([0-9a-f]{64})\.(json|parquet)$/.exec(key)?.[1]
    return content?.length === bytes && createHash('sha256').update(content).digest('hex') === digest
  }
  const broken: string[] = []
  for (const manifestKey of keys) {
    if (!manifestKey.endsWith('/manifest.json')) continue
    for (const reference of referencesOf(JSON.parse(String(read(manifestKey))) as Manifest)) {
      const known = judged.get(reference.key) ?? isWhole(reference)
      judged.set(reference.key, known)
      if (!known) broken.push(`${manifestKey}: ${reference.key}`)
    }
  }
  return broken
}
