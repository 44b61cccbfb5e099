import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CollectedSource } from '../../src/collect/collection.ts'
import { createCollector } from '../../src/collectors/index.ts'
import { parseConfig } from '../../src/config.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { readJournal } from '../../src/lake/journal.ts'
import { createConfigTables } from '../../src/pipeline/config-tables.ts'
import { fillImportedTables } from '../../src/pipeline/imported-tables.ts'
import { prepareConfig } from '../../src/pipeline/marts.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { billed, collectInto, everyRow } from '../collectors/collect-into.ts'
import { testContext } from '../collectors/context.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import { createDice, type Dice } from './dice.ts'
import { type FaultWorld, type State, truth } from './fault-world.ts'
import { awsCosts, awsExports } from './fault-worlds-aws.ts'
import { azureCosts, azureExports } from './fault-worlds-azure.ts'
import { focusFromS3, focusFromTheWeb } from './fault-worlds-focus.ts'
import { googleExports } from './fault-worlds-google.ts'
import { inject } from './inject.ts'
import { leaks } from './lakes.ts'
import { planted } from './planted.ts'

const worlds: Readonly<Record<string, () => Promise<FaultWorld>>> = {
  aws_export: awsExports,
  aws_cost_explorer: awsCosts,
  azure_export: azureExports,
  azure_cost_management: azureCosts,
  gcp_export: googleExports,
  'focus_files in S3': focusFromS3,
  'focus_files on the web': focusFromTheWeb,
}
const seeds = (process.env['FAULT_SEEDS'] ?? '1,2').split(',').map(Number)
const injected: Record<string, number> = {}
const ended: Record<string, number> = {}

/** How a run ended, with all that it said. */
interface Ended {
  readonly result: CollectedSource | null
  readonly said: string[]
}

async function run(
  world: FaultWorld,
  lake: TestLake,
  options: { attempts?: number; abort?: AbortController } = {},
): Promise<Ended> {
  const abort = options.abort ?? new AbortController()
  const said: string[] = []
  const context = {
    ...testContext({
      signal: abort.signal,
      ...(world.env && { env: world.env }),
      ...(options.attempts !== undefined && { attempts: options.attempts }),
    }),
    cache: `${lake.folder}/data/lake/collected/cache`,
    note: (text: string) => said.push(text),
  }
  const collector = await createCollector(sourceSchema.parse(world.source), context)
  try {
    const result = await collectInto(lake, collector, context, { signal: abort.signal })
    said.push(JSON.stringify(result), ...result.problems)
    return { result, said }
  } catch (error) {
    said.push(String((error as Error).stack))
    if (!abort.signal.aborted) throw error
    return { result: null, said }
  } finally {
    collector.close?.()
  }
}

/** All that a lake holds of a source, as text. */
async function contentOf(world: FaultWorld, lake: TestLake): Promise<string[]> {
  if (!world.totals) return everyRow(lake)
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    await createConfigTables(warehouse, parseConfig({}))
    await prepareConfig(warehouse)
    await fillImportedTables(lake.layout, warehouse, readJournal(lake.layout))
    const { rows } = await warehouse.query('select t::varchar as row from provider_totals as t order by 1')
    return rows.map((row) => String(row['row']))
  } finally {
    warehouse.close()
  }
}

/** What an undisturbed collection of a state gives in a fresh lake, and how many requests it takes. */
async function undisturbed(create: () => Promise<FaultWorld>, state: State) {
  const world = await create()
  try {
    world.put(state)
    const lake = testLake()
    const { result } = await run(world, lake)
    expect(result).toMatchObject({ status: 'collected', problems: [] })
    if (!world.totals) expect(await billed(lake)).toEqual(truth[state])
    return { content: await contentOf(world, lake), requests: world.server.requests.length }
  } finally {
    await world.close()
  }
}

/**
 * Of a run that claims success: February is whole, and so is March; while March changes upstream it may be what was held, and where
 * a file is a month by itself, it may be gone with it or be what it was changed to.
 */
async function checkTotals(
  world: FaultWorld,
  lake: TestLake,
  state: State,
  { spoilt, held }: { spoilt: ReadonlySet<string>; held: readonly (string | undefined)[] },
  about: string,
): Promise<void> {
  const { '2026-02': february, '2026-03': march, ...others } = await billed(lake)
  expect([february, others], about).toEqual([truth[state]['2026-02'], {}])
  const changing = spoilt.size === 0 ? [] : world.vanishes ? [...held, undefined, '999'] : held
  expect([truth[state]['2026-03'], ...changing], about).toContain(march)
}

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', planted.awsKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', planted.awsSecret)
  vi.stubEnv('AWS_SESSION_TOKEN', planted.awsToken)
})
afterAll(() => vi.unstubAllEnvs())

describe.each(Object.entries(worlds))('%s under faults', (name, create) => {
  let expected: Record<State, Awaited<ReturnType<typeof undisturbed>>>
  beforeAll(async () => {
    expected = { first: await undisturbed(create, 'first'), second: await undisturbed(create, 'second') }
  })

  test.each(seeds)(
    'never succeeds with less, shows no secret, and ends where an undisturbed one does (seed %i)',
    async (seed) => {
      const dice = createDice(seed * 1000 + name.length)
      const world = await create()
      const lake = testLake()
      try {
        for (const state of world.totals ? (['first'] as const) : (['first', 'second'] as const)) {
          for (let round = 1; round <= 4; round += 1)
            await disturbedRun(world, lake, {
              name: `${name}, seed ${seed}, ${state}, round ${round}`,
              state,
              round,
              dice,
            })
          await healedRun(world, lake, `${name}, seed ${seed}, ${state}, healed`, state)
        }
      } finally {
        await world.close()
      }
    },
    200_000,
  )

  interface Round {
    readonly name: string
    readonly state: State
    readonly round: number
    readonly dice: Dice
  }

  async function disturbedRun(world: FaultWorld, lake: TestLake, { name: of, state, round, dice }: Round) {
    world.put(state)
    const abort = new AbortController()
    const injection = inject(world, dice, expected[state].requests, () => abort.abort(new Error('killed')))
    const { result, said } = await run(world, lake, { attempts: 2 + dice.below(6), abort })
    world.server.faults.clear()
    const hits = injection.hits()
    injected[name] = (injected[name] ?? 0) + hits.length
    const status = result?.status ?? 'killed'
    ended[status] = (ended[status] ?? 0) + 1
    const about = `${of}: drawn ${inspect(injection.drawn)}, hit ${inspect(hits)}, ended ${inspect(result)}`
    const held = round > 1 || state === 'second' ? [truth.first['2026-03'], truth[state]['2026-03']] : []
    if (status === 'collected' || status === 'nothing_new') {
      if (world.totals) expect(await contentOf(world, lake), about).toEqual(expected[state].content)
      else await checkTotals(world, lake, state, { spoilt: injection.spoilt, held }, about)
    }
    expect(leaks(secretsOf(world), lake.folder, said), about).toEqual([])
  }

  async function healedRun(world: FaultWorld, lake: TestLake, about: string, state: State) {
    world.put(state)
    const healed = await run(world, lake)
    expect(healed.result, about).toMatchObject({ problems: [], warnings: [] })
    expect(await contentOf(world, lake), about).toEqual(expected[state].content)
    expect((await run(world, lake)).result, about).toMatchObject({ status: 'nothing_new', fetched_bytes: 0 })
    expect(leaks(secretsOf(world), lake.folder, healed.said), about).toEqual([])
  }
})

/** The world's planted secrets and the signatures of its requests. */
function secretsOf({ secrets, server }: FaultWorld): string[] {
  const signatures = server.requests.flatMap(
    ({ headers }) => /Signature=(\w{20,})/.exec(headers.authorization ?? '')?.[1] ?? [],
  )
  return [...secrets, ...new Set(signatures)]
}

test('at least 200 faults were injected', () => {
  const total = Object.values(injected).reduce((sum, count) => sum + count, 0)
  console.log(`${total} faults injected: ${JSON.stringify(injected)}; runs ended ${JSON.stringify(ended)}`)
  expect(total).toBeGreaterThanOrEqual(200)
})
