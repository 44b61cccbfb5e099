import { DuckDBInstance } from '@duckdb/node-api'
import type { Scratch } from '../forecast/scratch.ts'

/** Opens a scratch database of DuckDB. */
export async function openScratch(): Promise<Scratch> {
  const instance = await DuckDBInstance.create(':memory:', {
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  return {
    async exec(sql) {
      await connection.run(sql)
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    async numbers(sql, each) {
      const result = await connection.stream(sql)
      for (;;) {
        const chunk = await result.fetchChunk()
        if (!chunk || chunk.rowCount === 0) return
        each(chunk.getColumns() as unknown as number[][])
      }
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
