import { readHeader } from '../lake/text-table.ts'
import { quoteText } from '../warehouse/warehouse.ts'
import { dayNumber } from './calendar.ts'
import type { LeafSeries } from './scopes.ts'
import type { Scratch } from './scratch.ts'
import { type Visible, visibleOf } from './visible.ts'

const keys = ['provider', 'account', 'service', 'team'] as const
const mostDecimals = 9

/**
 * Reads a series file without `available_on` (anomalies.md section 8) in one pass: daily sums of each leaf up to the origin.
 *
 * @param origin ISO date, inclusive
 * @returns null for a file of another form or with any row that is not valid: the caller's slower reader names the row
 */
export async function readDaily(scratch: Scratch, file: string, origin: string): Promise<Visible | null> {
  const header = readHeader(file)
  const isSimple = ['date', 'cost', ...keys].every((name) => header.includes(name)) && !header.includes('available_on')
  if (!isSimple || new Set(header).size < header.length) return null
  const types = header.map((name) => `${quoteText(name || '_')}: '${name === 'cost' ? 'DECIMAL(18, 9)' : 'VARCHAR'}'`)
  await scratch.exec(`create table daily as
    select ${keys.map((key) => `coalesce(${key}, '') as ${key}`).join(', ')}, date, sum(cost) as cost,
      count(*) - count(cost) as without_cost, max(${decimals}) as decimals
    from read_csv(${quoteText(file)}, auto_detect = false, columns = {${types.join(', ')}}, header = true, delim = ',',
      quote = '"', escape = '"', store_rejects = true, rejects_limit = 1)
    group by all`)
  const [faults] = await scratch.rows(`select (select count(*) from reject_errors)::integer as rejected,
    coalesce(sum(without_cost), 0)::integer as without_cost from daily`)
  if (faults?.['rejected'] !== 0 || faults['without_cost'] !== 0) return null
  const dates = await scratch.rows('select distinct date from daily')
  if (dates.some((row) => row['date'] === null || dayNumber(String(row['date'])) === null)) return null
  return dense(scratch, origin)
}

/** How many decimals an amount needs: 2, 4 or nine. */
const decimals = 'case when cost % 0.01 = 0 then 2 when cost % 0.0001 = 0 then 4 else 9 end'

async function dense(scratch: Scratch, origin: string): Promise<Visible> {
  await scratch.exec(`delete from daily where date > ${quoteText(origin)}`)
  const [bounds] = await scratch.rows('select min(date) as first, max(decimals)::integer as decimals from daily')
  const last = dayNumber(origin) as number
  const first = typeof bounds?.['first'] === 'string' ? (dayNumber(bounds['first']) as number) : last + 1
  await scratch.exec(`create table leaves as
    select (row_number() over (order by ${keys.join(', ')}) - 1)::integer as leaf, ${keys.join(', ')}
    from (select distinct ${keys.join(', ')} from daily)`)
  const names = await scratch.rows('select * from leaves order by leaf')
  const exact = names.map(() => new Float64Array(last - first + 1))
  const scale = Number(bounds?.['decimals'] ?? mostDecimals)
  await scratch.numbers(
    `select leaf, (date::date - '1970-01-01'::date)::integer - ${first} as day, (cost * ${10 ** scale})::double as units
     from daily join leaves using (${keys.join(', ')})`,
    ([leaf = [], day = [], units = []]) => {
      for (let i = 0; i < leaf.length; i++)
        (exact[leaf[i] as number] as Float64Array)[day[i] as number] = Math.round(units[i] as number)
    },
  )
  const text = (row: Readonly<Record<string, unknown>>, key: keyof LeafSeries) => String(row[key])
  return visibleOf(
    first,
    names.map((row) => ({
      provider: text(row, 'provider'),
      account: text(row, 'account'),
      service: text(row, 'service'),
      team: text(row, 'team'),
    })),
    exact,
    scale,
  )
}
