import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBigMart } from '../support/big-mart.ts'
import { publishSmallEstate, serveSmallEstate, smallEstate } from '../support/small-estate.ts'

// The full server over the small estate, in a process of its own until its standard input ends. Says in one line where it is.
const folder = mkdtempSync(join(tmpdir(), 'costwright-oracle-'))
const estate = await smallEstate(folder)
await publishSmallEstate(estate)
await writeBigMart(estate.published, join(folder, 'big.duckdb'))
const server = await serveSmallEstate(estate)
process.stdout.write(`${JSON.stringify({ url: server.url, published: estate.published, keys: estate.keys })}\n`)
process.stdin.resume().once('end', () => server.close())
