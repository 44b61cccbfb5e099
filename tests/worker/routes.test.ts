import { exports } from 'cloudflare:workers'
import { beforeAll, describe } from 'vitest'
import { routeContract } from '../routes/contract.ts'
import type { EstateKeys } from '../support/small-estate-facts.ts'
import { bigMart } from './big-mart.ts'
import { comparison } from './comparison.ts'
import { behindTheEdge } from './origin.ts'
import { seed } from './published.ts'

let keys: EstateKeys
beforeAll(async () => {
  keys = await seed()
})

describe('the Worker', () => {
  routeContract(() => ({
    fetch: (url, init) => exports.default.fetch(url, init),
    keys,
    compresses: false,
    isWhole: false,
  }))
})

bigMart()
behindTheEdge(() => keys)
comparison(() => keys)
