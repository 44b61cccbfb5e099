import { join } from 'node:path'
import { inspectFile } from '../lake/inspect.ts'
import type { LakeVersion, Part } from '../lake/journal.ts'
import { isCoarse } from './coarse.ts'
import type { FormatGroup } from './delivery.ts'
import { freshParts, type RawFile } from './fresh-parts.ts'
import type { ImportRun } from './import.ts'
import type { NewPart } from './period.ts'
import { partsOfOtherDays } from './slices.ts'

/** What becomes of a billing period's parts when a delivery arrives. */
export interface KeptParts {
  readonly same: readonly Part[]
  /** Parts of the other dataset, normalised anew because their companion has come. */
  readonly remade: readonly NewPart[]
  readonly replaced: readonly Part[]
}

/** Parts of the previous version that stay: those of other datasets and of other days; the rest is replaced. */
export async function keptParts(
  context: ImportRun,
  { format, manifest }: FormatGroup,
  previous: LakeVersion | undefined,
  fresh: readonly NewPart[],
  scratch: string,
): Promise<KeptParts> {
  if (!previous || format.delivery === 'append') return { same: [], remade: [], replaced: [] }
  if (isCoarse(previous) && !format.coarse) return { same: [], remade: [], replaced: previous.parts }
  if (format.slices && !manifest) {
    const same = await partsOfOtherDays(context.warehouse, context.layout, previous, fresh)
    return { same, remade: [], replaced: previous.parts.filter((part) => !same.includes(part)) }
  }
  const datasets = new Set(fresh.map((part) => part.dataset))
  const replaced = previous.parts.filter((part) => datasets.has(part.dataset))
  const others = previous.parts.filter((part) => !datasets.has(part.dataset))
  const same = others.filter((part) => part.traits['companion'] !== 'false')
  const remade: NewPart[] = []
  for (const part of others.filter((one) => one.traits['companion'] === 'false')) {
    const path = context.layout.resolve(part.raw)
    const file = await inspectFile(path, context.warehouse, scratch)
    const recognition = format.recognise(file.head)
    if (!recognition) throw new Error(`${path} is no longer recognised as ${format.id}`)
    const raw: RawFile = {
      stamp: { origin: path, size: 0, modified_ms: 0, sha256: '' },
      file,
      recognition,
      rawName: part.raw,
    }
    const traits = { ...part.traits, companion: 'true' }
    const again = await freshParts(
      context,
      { format, manifest: null, files: [raw] },
      [raw],
      join(scratch, `again-${remade.length}`),
      [],
      undefined,
      traits,
    )
    remade.push(...(again.parts.get(previous.period) ?? []))
  }
  return { same, remade, replaced }
}
