import type { Manifest } from '../edge/published.ts'
import { type PublishedState, referencesOf } from './published-state.ts'
import type { PublishStore } from './store.ts'

const dayMs = 86_400_000
/** A reader that took a manifest may go on with its objects for a while after another replaced it. */
const readersMs = 10 * 60_000

/**
 * Removes objects that no manifest names: neither those of now nor those that this run replaced. None that is younger than a day, and none
 * while a manifest was written in the ten minutes before this run, since readers may still hold the one before that.
 *
 * @returns how many
 */
export async function sweep(
  store: PublishStore,
  before: PublishedState,
  manifests: readonly Manifest[],
  now: Date,
): Promise<number> {
  const replaced = [...before.manifests.values()]
  if (replaced.some(({ published_at }) => now.getTime() - Date.parse(published_at) < readersMs)) return 0
  const named = new Set([...replaced, ...manifests].flatMap((manifest) => referencesOf(manifest).map(({ key }) => key)))
  const over = [...before.objects.values()].filter(
    ({ key, modified }) => !named.has(key) && now.getTime() - Date.parse(modified) > dayMs,
  )
  await store.remove(over.map(({ key }) => key))
  return over.length
}
