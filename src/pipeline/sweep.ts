import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../lake/lock.ts'

/**
 * Removes warehouses of earlier states, and drafts whose process is gone; a reader that holds a file open keeps it until it closes.
 *
 * @param keep id of the state that stays, with the warehouses made from it
 */
export function sweepWarehouses(folder: string, keep: string): void {
  for (const name of readdirSync(folder)) {
    const [, builder] = /\.(\d+)\.draft(?:\.wal)?$/.exec(name) ?? []
    const isOld = /\.(duckdb|draft)(\.wal)?$/.test(name) && !name.startsWith(keep)
    if (isOld && !(builder !== undefined && isAlive(Number(builder)))) rmSync(join(folder, name), { force: true })
  }
}

/** How often a file that another build sweeps away between being named and being opened is asked for again. */
const mostTries = 4

/**
 * Opens what `find` names, and asks again when a later build removed the file in between.
 *
 * `openFound(() => build(), ({ path }) => open(path))`
 */
export async function openFound<File extends { readonly path: string }, Opened>(
  find: () => Promise<File>,
  open: (file: File) => Promise<Opened>,
): Promise<Opened> {
  for (let tries = 1; ; tries += 1) {
    const file = await find()
    try {
      return await open(file)
    } catch (error) {
      if (existsSync(file.path) || tries === mostTries) throw error
    }
  }
}
