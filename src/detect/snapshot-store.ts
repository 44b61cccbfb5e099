import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { pack, Snapshot } from './snapshot.ts'
import { openPacked, writePacked } from './snapshot-file.ts'

/** The snapshot of the last run, and one from some weeks before it for when recent days are restated. */
export type Slot = 'newest' | 'older'

/** Where snapshots of one series are kept. They are derived: without them a run takes longer, nothing else. */
export interface SnapshotStore {
  /** The snapshot, to be scanned or closed; null when there is none. */
  read(slot: Slot): Snapshot | null
  write(slot: Slot, snapshot: ReturnType<typeof pack>): void
  /** Told why a snapshot was left aside. */
  note(text: string): void
}

/** Files of a folder, named for the series, e.g. `USD.newest.snapshot`. */
export function folderStore(folder: string, name: string, note: (text: string) => void): SnapshotStore {
  const pathOf = (slot: Slot) => join(folder, `${encodeURIComponent(name)}.${slot}.snapshot`)
  return {
    note,
    write: (slot, snapshot) => writePacked(pathOf(slot), snapshot.head, snapshot.tables),
    read(slot) {
      const packed = openPacked(pathOf(slot))
      if (typeof packed !== 'string') return packed as Snapshot | null
      note(`${pathOf(slot)} is left aside: ${packed}`)
      rmSync(pathOf(slot), { force: true })
      return null
    },
  }
}
