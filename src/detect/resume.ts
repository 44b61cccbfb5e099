import type { DetectConfig } from './config.ts'
import { digestOfRows } from './digest.ts'
import type { SeriesInput } from './input.ts'
import { pack, type Snapshot, unpack } from './snapshot.ts'
import { snapshotKey } from './snapshot-key.ts'
import type { Slot, SnapshotStore } from './snapshot-store.ts'
import { type Describe, type Detection, detectionOf, startWalk, type Walk, walkOn } from './walk.ts'

/** Age in days at which the older snapshot is made: bills are restated until the middle of the month after. */
const olderAge = 45
/** Days without a complete one after which an account is taken to have stopped. */
const stopped = 14

/**
 * `detect`, going on from where an earlier run of the store got to. The result is that of walking everything: days that changed since,
 * or another method or configuration, are walked again.
 */
export function detectFrom(
  input: SeriesInput,
  config: DetectConfig,
  store: SnapshotStore,
  describe?: Describe,
): Detection {
  if (input.days === 0) return detectionOf(startWalk(input, config))
  const facts = { key: snapshotKey(input, config), digest: digestOfRows(input) }
  const stable = stableThrough(input)
  const resume = (slot: Slot) => resumed(store, slot, { input, config, ...facts })
  const known = resume('newest')
  const isDue = known !== null && stable - known.base > 2 * olderAge
  const from = (isDue || !known ? resume('older') : known) ?? known
  const walk = from?.walk ?? startWalk(input, config)
  let base = from?.base ?? -1
  const walkTo = (until: number) => walkOn(walk, config, { until, describe })
  const keep = (slot: Slot) => store.write(slot, pack(walk, { ...facts, base }))
  if (walk.next <= stable - olderAge) {
    walkTo(stable - olderAge)
    base = stable - olderAge
    keep('older')
  } else if (isDue && from === known) {
    base = walk.next - 1
    keep('older')
  }
  if (walk.next <= stable || from !== known) {
    walkTo(stable)
    keep('newest')
  }
  walkTo(input.last_seen)
  return detectionOf(walk)
}

interface Resumed {
  readonly walk: Walk
  readonly base: number
}

function resumed(
  store: SnapshotStore,
  slot: Slot,
  asked: { input: SeriesInput; config: DetectConfig; key: string; digest: Int32Array },
): Resumed | null {
  const snapshot: Snapshot | null = store.read(slot)
  if (!snapshot) return null
  const { key, through, base } = snapshot.head
  const walk = key === asked.key ? unpack(snapshot, asked) : 'the method or the configuration is another'
  snapshot.close()
  if (typeof walk !== 'string') return { walk, base: slot === 'older' ? through : base }
  store.note(`the ${slot} snapshot of detection is left aside: ${walk}`)
  return null
}

/**
 * Last morning that later runs are expected to find unchanged: the day before the first that is incomplete somewhere. Accounts that
 * have stopped delivering do not count.
 */
function stableThrough({ complete_before, days, last_seen, vintages }: SeriesInput): number {
  if (vintages || !complete_before) return last_seen
  let first = days
  for (const day of complete_before) if (day > days - stopped) first = Math.min(first, day)
  return first - 1
}
