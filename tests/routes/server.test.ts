import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { RunningServer } from '../../src/server.ts'
import { type SmallEstate, serveSmallEstate, smallEstate } from '../support/small-estate.ts'
import { estateUrl } from '../support/small-estate-facts.ts'
import { routeContract } from './contract.ts'

let estate: SmallEstate
let server: RunningServer
const failures: unknown[] = []

beforeAll(async () => {
  estate = await smallEstate(mkdtempSync(join(tmpdir(), 'costwright-routes-')))
  server = await serveSmallEstate(estate, (_, error) => failures.push(error))
})
afterAll(async () => {
  await server?.close()
  expect(failures).toEqual([])
})

routeContract(() => ({
  fetch: (url, init) => fetch(url.replace(estateUrl, server.url), init),
  keys: estate.keys,
  compresses: true,
  isWhole: true,
}))
