import type { Calendar } from './calendar.ts'
import catalog from './catalog.json' with { type: 'json' }
import { addCharges } from './charges.ts'
import type { Cell, Kind, Leaf } from './model.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'
import { type Shared, shape } from './shapes.ts'

export type ProviderName = 'aws' | 'azure' | 'gcp'
export const providers: readonly ProviderName[] = ['aws', 'azure', 'gcp']

export const regionsOf = (provider: string): readonly string[] => catalog[provider as ProviderName].regions
export const servicesOf = (provider: string): Readonly<Record<string, string>> =>
  catalog[provider as ProviderName].services
export const usageTypes: readonly string[] = catalog.usage_types

/** All series of a world without events: usage first, then fees, support, marketplace, credits and tax. */
export function estate(calendar: Calendar, settings: Settings, holidays: readonly number[], rng: Random): Leaf[] {
  const teams = catalog.teams.slice(0, settings.teams)
  const leaves: Leaf[] = []
  for (const provider of providers) {
    const shared: Shared = {
      calendar,
      settings,
      holidays,
      traffic: trafficOf(calendar, settings, rng.fork(`traffic/${provider}`)),
    }
    for (const account of accountsOf(provider, settings)) {
      for (const [service, kind] of servicesIn(provider, settings, rng.fork(`services/${account}`))) {
        const draw = rng.fork(`teams/${account}/${service}`)
        for (const team of teamsOf(draw, teams, settings))
          leaves.push(usageLeaf(leaves.length, { provider, account, service, team }, kind, shared, rng))
      }
    }
  }
  addCharges(leaves, calendar, settings, rng)
  return leaves
}

function accountsOf(provider: ProviderName, settings: Settings): string[] {
  const place = providers.indexOf(provider)
  const count = Math.floor(settings.accounts / 3) + (place < settings.accounts % 3 ? 1 : 0)
  return Array.from(
    { length: count },
    (_, i) => `${provider}-${['prod', 'stage', 'data', 'shared', 'lab'][i] ?? i}-${100 + place * 17 + i}`,
  )
}

function servicesIn(provider: ProviderName, settings: Settings, rng: Random): [string, string][] {
  const all = Object.entries(catalog[provider].services as Record<string, string>)
  const wanted = rng.int(settings.services_per_account[0], settings.services_per_account[1])
  return all
    .map((entry) => ({ entry, order: entry[1] === 'compute' ? -1 : rng.uniform() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, wanted)
    .map(({ entry }) => entry)
}

function teamsOf(rng: Random, teams: readonly string[], settings: Settings): string[] {
  const chosen = new Set<string>()
  const count = rng.int(1, 5)
  for (let i = 0; i < count; i++) chosen.add(rng.chance(settings.untagged) ? '' : rng.pick(teams))
  return [...chosen]
}

type Names = Pick<Leaf, 'provider' | 'account' | 'service' | 'team'>

function usageLeaf(id: number, names: Names, catalogued: string, shared: Shared, all: Random): Leaf {
  const rng = all.fork(`leaf/${names.account}/${names.service}/${names.team}`)
  const { settings } = shared
  const kind = (rng.chance(0.04) ? 'adoption' : catalogued) as Kind
  const scale = kind === 'sparse' || kind === 'batch' ? 2 : 1
  const level = Math.min(6000, settings.median_daily * scale * Math.exp(settings.spread_daily * rng.normal()))
  const total = shape(kind, level, shared, rng.fork('shape'))
  return { id, ...names, kind, level, cells: splitCells(total, names.provider, rng.fork('cells')) }
}

/** Splits a series over one to four cells whose shares wander a little. */
export function splitCells(total: Float64Array, provider: string, rng: Random): Cell[] {
  const count = rng.int(1, 4)
  const home = rng.pick(regionsOf(provider))
  const cells = new Map<string, { region: string; usage_type: string; weight: number; wander: number }>()
  for (let i = 0; i < count; i++) {
    const region = rng.chance(0.65) ? home : rng.pick(regionsOf(provider))
    const usage_type = rng.pick(usageTypes)
    cells.set(`${region}/${usage_type}`, {
      region,
      usage_type,
      weight: rng.uniform(0.15, 1),
      wander: rng.uniform(0, 0.02),
    })
  }
  const parts = [...cells.values()].map((cell) => ({ ...cell, cost: new Float64Array(total.length) }))
  for (let day = 0; day < total.length; day++) {
    const weights = parts.map((part) => part.weight * Math.exp(part.wander * rng.normal()))
    const sum = weights.reduce((a, b) => a + b, 0)
    parts.forEach((part, i) => {
      part.cost[day] = ((total[day] as number) * (weights[i] as number)) / sum
    })
  }
  return parts.map(({ region, usage_type, cost }) => ({ region, usage_type, charge_category: 'Usage', cost }))
}

function trafficOf(calendar: Calendar, settings: Settings, rng: Random): Float64Array {
  const out = new Float64Array(calendar.days)
  let state = 0
  for (let day = 0; day < out.length; day++) {
    state = 0.8 * state + 0.6 * rng.normal()
    out[day] = 1 + settings.traffic * state
  }
  return out
}
