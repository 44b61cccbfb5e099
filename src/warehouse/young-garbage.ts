import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: ((options: { readonly type: 'minor' }) => void) | null = null

/**
 * Collects young garbage now. Chunks of @duckdb/node-api hold megabytes outside of the heap and are freed with their objects only
 * (`duckdb_destroy_data_chunk` is "not exposed: destroyed in finalizer"), of which V8 sees a few bytes: a stream of a million wide rows
 * would hold gigabytes before it collects by itself.
 */
export function collectYoungGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as NonNullable<typeof collect>
  }
  collect({ type: 'minor' })
}
