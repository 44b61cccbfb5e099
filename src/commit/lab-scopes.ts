import { kindRank } from './instrument.ts'
import { type Discount, discountKey, type LabData, type LabSeries, type Program } from './lab-data.ts'

/** One thing to buy and the usage that it covers: a programme, by region and family where the programme is. */
export interface Scope {
  readonly id: string
  readonly program: Program
  readonly billing_account_id: string
  readonly currency: string
  /** Empty where the programme covers all alike. */
  readonly service: string
  readonly family: string
  readonly region: string
  readonly granularity: 'hourly' | 'daily'
  /** Indexes of the series in the data. */
  readonly members: readonly number[]
}

/**
 * The scopes of the data, narrow programmes before broad ones, as providers apply them (specs/commitments.md section 9). Usage billed by
 * the hour and by the day are apart: sizes on days are of low confidence.
 */
export function scopesOf({ series, programs }: LabData): Scope[] {
  const found = new Map<string, Omit<Scope, 'members'> & { members: number[] }>()
  series.forEach((each, index) => {
    for (const name of each.programs) {
      const program = programs.find(({ provider, program: own }) => provider === each.provider && own === name)
      if (!program) continue
      const service = program.per_family ? each.service_name : ''
      const family = program.per_family ? each.family : ''
      const region = program.per_region ? each.region_id : ''
      const { billing_account_id, currency, granularity } = each
      const id = [name, family, region, granularity, currency, billing_account_id].filter(Boolean).join(' / ')
      const scope = found.get(`${each.provider} ${service} ${id}`)
      if (scope) scope.members.push(index)
      else
        found.set(`${each.provider} ${service} ${id}`, {
          id,
          program,
          billing_account_id,
          currency,
          service,
          family,
          region,
          granularity,
          members: [index],
        })
    }
  })
  const rank = ({ program }: Scope) => kindRank({ ...program, id: program.program })
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
}

/**
 * The discount at which a series of a scope would be bought: that of the best source known on a day, of its newest evidence, with the least
 * upfront and the lowest of these. Null where no price is known.
 */
export function discountOf(
  { discounts }: LabData,
  { series }: LabSeries,
  { program }: Scope,
  { term_months, day }: { term_months: number; day: string },
): Discount | null {
  const known = (discounts.get(discountKey(series, program.program)) ?? []).filter(
    (each) => each.term_months === term_months && (each.known_from === null || each.known_from <= day),
  )
  const [first] = known
  return known
    .filter(({ price_source, known_from }) => price_source === first?.price_source && known_from === first.known_from)
    .reduce<Discount | null>((best, each) => (best === null || isPlainer(each, best) ? each : best), null)
}

function isPlainer(a: Discount, b: Discount): boolean {
  return a.upfront_share < b.upfront_share || (a.upfront_share === b.upfront_share && a.discount < b.discount)
}
