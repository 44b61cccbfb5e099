import type { Leaf } from '../worlds/model.ts'
import { type Build, distract, firstEvent, label } from './build.ts'
import type { Account } from './estate.ts'
import type { ServiceClass } from './names.ts'
import { path } from './noise.ts'

/** A service that the account has never used, in one region and usage type of its own. */
function newcomer(at: Build, classes: readonly ServiceClass[], isAbroad: boolean): Leaf | undefined {
  const account = at.rng.pick(at.accounts)
  const of = at.rng.pick(classes)
  const used = new Set(at.leaves.filter((one) => one.account === account.name).map(({ service }) => service))
  const service = account.vendor.services[of].find((name) => !used.has(name))
  if (!service) return undefined
  return {
    id: at.leaves.length,
    provider: account.vendor.provider,
    account: account.name,
    service,
    team: at.rng.chance(0.5) ? '' : (account.teams[0] ?? ''),
    kind: 'steady',
    level: 0,
    cells: [
      {
        region: regionOf(account, isAbroad),
        usage_type: at.rng.pick(account.vendor.usage[of]),
        charge_category: 'Usage',
        cost: new Float64Array(at.calendar.days),
      },
    ],
  }
}

function regionOf({ vendor, regions }: Account, isAbroad: boolean): string {
  return (isAbroad && vendor.regions.find((one) => !regions.includes(one))) || (regions[0] as string)
}

function fill(at: Build, leaf: Leaf, days: readonly [number, number], level: number): number[] {
  const [start, stop] = days
  const wave = path(at.rng, stop - start, 0.3, 6).map((value) => level * Math.max(0.2, 1 + 0.06 * value))
  leaf.cells[0]?.cost.set(wave, start)
  return [...wave]
}

/** Plants a new service of material cost; some look like abuse: dear compute in a region of its own, for days only. */
export function plantNewService(at: Build): boolean {
  const isAbuse = at.rng.chance(at.tastes.abuse_share)
  const found = newcomer(at, isAbuse ? ['compute', 'model'] : ['data', 'batch', 'model', 'traffic'], isAbuse)
  if (!found) return false
  const start = at.rng.int(firstEvent, Math.min(at.last, at.calendar.days - 9))
  const level = isAbuse ? at.rng.logUniform(250, 4000) : at.rng.logUniform(60, 600)
  const stop = isAbuse ? Math.min(at.calendar.days, start + at.rng.int(3, 14)) : at.calendar.days
  const leaf = { ...found, level }
  const change = fill(at, leaf, [start, stop], level)
  at.leaves.push(leaf)
  const { region = '', usage_type = '' } = leaf.cells[0] ?? {}
  label(at, {
    type: 'new_service',
    leaves: [leaf.id],
    start,
    end: stop - 1,
    window_end: start + 6,
    quiet_until: isAbuse ? stop + 25 : start + 60,
    root: { leaf: leaf.id, region, usage_type },
    change,
    new_cell: true,
  })
  return true
}

/** Plants a birth too small for anyone to be told. */
export function plantTinyBirth(at: Build): boolean {
  const found = newcomer(at, ['storage', 'traffic', 'seat', 'batch', 'data'], false)
  if (!found) return false
  const start = at.rng.int(firstEvent, at.last)
  const leaf = { ...found, level: at.rng.logUniform(0.2, 7) }
  fill(at, leaf, [start, at.calendar.days], leaf.level)
  at.leaves.push(leaf)
  distract(at, { type: 'tiny_birth', leaves: [leaf.id], start, end: start + 7, judged: true })
  return true
}
