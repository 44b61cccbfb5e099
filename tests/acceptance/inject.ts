import type { Fault } from '../fakes/fault-server.ts'
import type { Dice } from './dice.ts'
import type { FaultWorld } from './fault-world.ts'

/** What is to go wrong in one run, and what did. */
export interface Injection {
  /** `429 at request 3`, as drawn. */
  readonly drawn: readonly string[]
  /** What happened to requests so far: one entry a fault that met one. */
  hits(): string[]
  /** Names of changes upstream that were made. */
  readonly spoilt: Set<string>
}

type Draw = (dice: Dice, world: FaultWorld) => Fault

const waits = [{}, { 'retry-after': '1' }, { 'retry-after': '2' }] as const
const refusal =
  (status: number): Draw =>
  (dice, world) =>
    world.refusal(status, status === 429 || status === 503 ? dice.pick(waits) : {})

/** Faults that any server may have. Those that end a run for good are rarer. */
const common: readonly (readonly [name: string, draw: Draw])[] = [
  ...[429, 429, 500, 500, 503, 503, 400, 401, 403].map((status) => [`${status}`, refusal(status)] as const),
  ...[0, 1].flatMap((): (readonly [string, Draw])[] => [
    ['cut', (dice) => ({ kind: 'cut', after: dice.below(300) })],
    ['short', (dice) => ({ kind: 'short', by: 1 + dice.below(60) })],
    ['truncated', (dice) => ({ kind: 'truncated', by: 1 + dice.below(60) })],
    ['reset', () => ({ kind: 'reset' })],
    ['slow', () => ({ kind: 'slow', bytes: 400, pauseMs: 1 })],
  ]),
]

/**
 * Draws faults and spreads them over a run of about `requests` requests: each meets the request of its number, or the next one
 * after it that is free. `kill` ends the run from outside.
 */
export function inject(world: FaultWorld, dice: Dice, requests: number, kill: () => void): Injection {
  const { server } = world
  const start = server.requests.length
  const spoilt = new Set<string>()
  const changes = Object.entries(world.spoil)
  const drawn: string[] = []
  const count = 4 + dice.below(5)
  for (let n = 0; n < count; n += 1) {
    const at = dice.below(Math.max(1, requests))
    const sort = dice.below(20)
    const due = () => server.requests.length - start >= at
    const change = sort >= 16 && changes.length > 0 ? dice.pick(changes) : null
    if (change) {
      const [name, run] = change
      drawn.push(`${name} at request ${at}`)
      const spoil = () => {
        spoilt.add(name)
        run()
      }
      server.faults.when(due, { kind: 'do', run: spoil })
    } else if (sort === 15) {
      drawn.push(`kill at request ${at}`)
      server.faults.when(due, { kind: 'do', run: kill })
    } else {
      const [name, draw] = dice.pick(common)
      drawn.push(`${name} at request ${at}`)
      server.faults.when(due, draw(dice, world))
    }
  }
  const hits = () =>
    server.requests.slice(start).flatMap(({ fault, method, path }) => (fault ? [`${fault} of ${method} ${path}`] : []))
  return { drawn, hits, spoilt }
}
