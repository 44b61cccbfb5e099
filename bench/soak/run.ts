import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { layout } from '../../src/lake/layout.ts'
import { createKey, type Role } from '../../src/state/api-keys.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { createDice } from '../../tests/acceptance/dice.ts'
import { type Server, startServer } from '../api/process.ts'
import { analysing, type Call, type Question, reading, type Said } from './clients.ts'
import { billOf, importBill, type Totals, team } from './estate.ts'

export interface SoakOptions {
  readonly seconds: number
  /** Charges of each of three months. */
  readonly rows: number
  /** Clients of each kind: viewers, analysts, viewers of one team. */
  readonly clients: number
  readonly seed: number
}

export interface Soaked {
  readonly asked: number
  /** Exchanges of the data that clients saw. */
  readonly states: number
  readonly changes: number
  readonly failures: readonly string[]
  /** Resident bytes by second, after garbage was collected. */
  readonly memory: readonly { readonly second: number; readonly bytes: number }[]
}

const everySeconds = 5
const config = 'auth: { required: true, rate_limit: { per_minute: 1000000, burst: 100000 } }\n'

/**
 * Clients of all kinds ask a server while its data are exchanged again and again by imports in other processes. Fails are answers that are
 * no success, broken, or of figures that are not those of the state they name.
 */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const data = mkdtempSync(join(tmpdir(), 'costwright-soak-'))
  const dice = createDice(options.seed)
  const expected = new Map<string, Totals>()
  let changes = 0
  const change = async () => {
    const { text, totals } = billOf(changes, options.rows, dice.below)
    changes += 1
    expected.set(await importBill(data, text), totals)
  }
  let server: Server | undefined
  try {
    writeFileSync(join(data, 'costwright.yaml'), config)
    await change()
    const tokens = keysOf(data)
    server = await startServer([data])
    const seen = new Map<string, bigint>()
    const run = { server, until: performance.now() + options.seconds * 1000, asked: 0, failures: [] as string[], seen }
    const questions = [
      { token: tokens.viewer, ask: reading },
      { token: tokens.analyst, ask: [...analysing, ...reading.slice(0, 3)] },
      { token: tokens.limited, ask: reading },
    ]
    const clients = questions.flatMap((kind) => Array.from({ length: options.clients }, () => client(run, kind, dice)))
    const memory: { second: number; bytes: number }[] = []
    const isOver = () => performance.now() >= run.until
    const changing = async () => {
      while (!isOver()) await change()
    }
    await Promise.all([...clients, changing(), watching(run, memory)])
    return {
      asked: run.asked,
      states: seen.size,
      changes,
      failures: [...run.failures, ...untrue(seen, expected)],
      memory,
    }
  } finally {
    await server?.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

interface Run {
  readonly server: Server
  /** Of `performance.now`. */
  readonly until: number
  asked: number
  readonly failures: string[]
  /** Total of each state, as its first answer said. */
  readonly seen: Map<string, bigint>
}

function keysOf(data: string) {
  const database = openDatabase(layout(data).state)
  const key = (role: Role, teams: readonly string[] | null) =>
    createKey(database, { name: 'soak', role, teams, expires_at: null, actor: 'soak' }, new Date()).token
  const tokens = { viewer: key('viewer', null), analyst: key('analyst', null), limited: key('viewer', [team]) }
  database.close()
  return tokens
}

async function client(
  run: Run,
  { token, ask }: { token: string; ask: readonly Question[] },
  dice: ReturnType<typeof createDice>,
): Promise<void> {
  const call: Call = async (path, init = {}, allowed = [200]) => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) }
    const response = await fetch(`http://127.0.0.1:${run.server.port}${path}`, { ...init, headers })
    if (allowed.includes(response.status)) return response
    throw new Error(`${path} answers ${response.status}: ${(await response.text()).slice(0, 300)}`)
  }
  while (performance.now() < run.until && run.failures.length < 50) {
    const question = dice.pick(ask)
    run.asked += 1
    // The boundary of one question: what fails is counted, and the client goes on.
    try {
      check(run, await question.ask(call))
    } catch (error) {
      run.failures.push(`${question.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** All answers of a state have one total, whatever was asked. */
function check({ seen }: Run, said: Said | null): void {
  if (said === null || said.total === null) return
  const known = seen.get(said.state)
  if (known === undefined) seen.set(said.state, said.total)
  else if (known !== said.total) throw new Error(`state ${said.state} is said to total ${known} and ${said.total}`)
}

async function watching(run: Run, memory: { second: number; bytes: number }[]): Promise<void> {
  for (let second = 0; performance.now() < run.until; second += everySeconds) {
    memory.push({ second, bytes: (await run.server.settled()).now })
    await sleep(everySeconds * 1000)
  }
}

/** States whose total is not that of the bill they were made of; those of a team name the whole they are a part of. */
function untrue(seen: ReadonlyMap<string, bigint>, expected: ReadonlyMap<string, Totals>): string[] {
  return [...seen].flatMap(([state, total]) => {
    const [whole = '', part] = state.split('-')
    const totals = expected.get(whole)
    if (!totals) return [`nobody made the state ${state}`]
    const right = part === undefined ? totals.all : totals.team
    return right === total ? [] : [`state ${state} totals ${total} thousandths, but the bill ${right}`]
  })
}
