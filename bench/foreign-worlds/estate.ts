import type { Cell, Kind, Leaf } from '../worlds/model.ts'
import type { Random } from '../worlds/random.ts'
import { type ServiceClass, teams, type Vendor, vendors } from './names.ts'
import { type Tastes, weighted } from './settings.ts'
import { type Archetype, type Setting, usageSeries } from './shapes.ts'

export interface Account {
  readonly name: string
  readonly vendor: Vendor
  readonly archetype: Archetype
  readonly regions: readonly string[]
  readonly teams: readonly string[]
}

const archetypes: readonly Archetype[] = ['office', 'retail', 'platform', 'data', 'sandbox']
/** What each class of service looks like in an office or retail account; elsewhere the flatter kinds come first. */
const kinds: Readonly<Record<ServiceClass, readonly [Kind[], Kind[]]>> = {
  compute: [
    ['business', 'business', 'compute'],
    ['steady', 'compute', 'adoption'],
  ],
  data: [
    ['steady', 'business', 'compute'],
    ['steady', 'steady', 'compute'],
  ],
  storage: [['storage'], ['storage', 'storage', 'steady']],
  traffic: [
    ['business', 'business', 'bursty'],
    ['compute', 'bursty', 'adoption'],
  ],
  batch: [
    ['batch', 'month_end', 'bursty'],
    ['batch', 'month_end', 'bursty', 'compute'],
  ],
  model: [
    ['bursty', 'adoption', 'sparse'],
    ['sparse', 'adoption', 'bursty'],
  ],
  seat: [['steady', 'business'], ['steady']],
}

/** Draws the accounts: name, provider, what kind of load they carry, regions and teams. */
export function drawAccounts(rng: Random, tastes: Tastes): Account[] {
  const crowd = teams.slice(0, tastes.settings.teams)
  return Array.from({ length: tastes.settings.accounts }, (_, i) => {
    const vendor = vendors[i < 3 ? i : weighted(rng, tastes.providers)] as Vendor
    const archetype = archetypes[weighted(rng, tastes.archetypes)] as Archetype
    const regions = vendor.regions.filter(() => rng.chance(0.3))
    return {
      name: `${archetype}-${100 + i}`,
      vendor,
      archetype,
      regions: regions.length > 0 ? regions : [vendor.regions[0] as string],
      teams: crowd.filter(() => rng.chance(0.35)),
    }
  })
}

/** Draws the usage leaves of one account, ids from `first` on. */
export function drawLeaves(rng: Random, at: Setting, account: Account, first: number): Leaf[] {
  const { services_per_account } = at.tastes.settings
  const all = Object.entries(account.vendor.services).flatMap(([kind, names]) =>
    names.map((name) => ({ name, of: kind as ServiceClass })),
  )
  const ranked = all.map((one) => ({ one, place: rng.uniform() })).sort((a, b) => a.place - b.place)
  const chosen = ranked.slice(0, rng.int(...services_per_account))
  const leaves: Leaf[] = []
  for (const { one } of chosen)
    for (const team of ownersOf(rng, at.tastes, account))
      leaves.push(drawLeaf(rng.fork(`${one.name}/${team}`), at, { account, ...one, team, id: first + leaves.length }))
  return leaves
}

function ownersOf(rng: Random, { settings }: Tastes, { teams: own }: Account): string[] {
  const tagged = own.filter(() => rng.chance(0.65)).slice(0, 4)
  return tagged.length === 0 || rng.chance(settings.untagged) ? [...tagged, ''] : tagged
}

interface Place {
  readonly account: Account
  readonly name: string
  readonly of: ServiceClass
  readonly team: string
  readonly id: number
}

function drawLeaf(rng: Random, at: Setting, { account, name, of, team, id }: Place): Leaf {
  const { settings } = at.tastes
  const human = account.archetype === 'office' || account.archetype === 'retail'
  const kind = account.archetype === 'sandbox' && rng.chance(0.3) ? 'sparse' : rng.pick(kinds[of][human ? 0 : 1])
  const level = Math.min(2500, settings.median_daily * Math.exp(settings.spread_daily * rng.normal()))
  const series = usageSeries(rng, at, kind, account.archetype, level)
  const cells = split(rng, series, placesOf(rng, account, of))
  if (rng.chance(settings.fee_share)) cells.push(subscription(rng, at, account, level))
  return { id, provider: account.vendor.provider, account: account.name, service: name, team, kind, level, cells }
}

function placesOf(rng: Random, { vendor, regions }: Account, of: ServiceClass): [string, string][] {
  const types = vendor.usage[of].filter(() => rng.chance(0.45)).slice(0, 2)
  const used = types.length > 0 ? types : [vendor.usage[of][0] as string]
  return regions.slice(0, rng.int(1, 2)).flatMap((region) => used.map((type): [string, string] => [region, type]))
}

/** Splits a leaf's usage over its regions and usage types, with shares that wobble a little. */
function split(rng: Random, series: Float64Array, places: readonly [string, string][]): Cell[] {
  const raw = places.map(() => rng.uniform(0.1, 1))
  const sum = raw.reduce((a, b) => a + b, 0)
  return places.map(([region, usage_type], i) => {
    const share = (raw[i] as number) / sum
    const wobble = places.length > 1 ? 0.015 : 0
    const cost = series.map((value) => Math.max(0, value * share * (1 + wobble * rng.normal())))
    return { region, usage_type, charge_category: 'Usage', cost }
  })
}

/** A recurring fee inside a daily series: licences or a monthly plan, due on one day of month. */
function subscription(rng: Random, { calendar }: Setting, account: Account, level: number): Cell {
  const due = rng.chance(0.6) ? 1 : rng.int(2, 28)
  const amount = level * rng.logUniform(0.5, 8)
  const cost = Float64Array.from({ length: calendar.days }, (_, day) => (calendar.dayOfMonth(day) === due ? amount : 0))
  return {
    region: account.regions[0] as string,
    usage_type: 'Subscription:month',
    charge_category: rng.chance(0.5) ? 'Purchase' : 'Usage',
    cost,
  }
}
