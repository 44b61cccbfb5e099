import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { measure } from '../measure.ts'

/** Exact sums, as whole thousandths. */
export interface Totals {
  readonly all: bigint
  /** The team whose key sees nothing else. */
  readonly team: bigint
}

export const team = 'payments'
const teams = [team, 'search', 'platform'] as const
const months = ['2026-01', '2026-02', '2026-03'] as const
const cli = join(import.meta.dirname, '../../src/cli.ts')

/**
 * The bill after its n-th change: three months of charges of three teams, of which February is stated anew each time, so that every
 * state of the data has a total of its own. `dice` gives whole numbers below its argument.
 */
export function billOf(
  change: number,
  rows: number,
  dice: (below: number) => number,
): { text: string; totals: Totals } {
  const lines = [
    'BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeDescription,BilledCost,EffectiveCost,ListCost,ProviderName,ServiceName,ResourceId,SubAccountId,Tags',
  ]
  let [all, own] = [0n, 0n]
  for (const [at, month] of months.entries()) {
    const next = `2026-${String(at + 2).padStart(2, '0')}-01T00:00:00Z`
    for (let row = 0; row < rows; row += 1) {
      const owner = teams[row % teams.length]
      const day = String(1 + (row % 27)).padStart(2, '0')
      const after = String(2 + (row % 27)).padStart(2, '0')
      const thousandths = BigInt((month === '2026-02' ? 1000 * (change + 1) : 500) + dice(400))
      const cost = `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, '0')}`
      all += thousandths
      if (owner === team) own += thousandths
      lines.push(
        `8611537,EUR,${month}-01T00:00:00Z,${next},${month}-${day}T00:00:00Z,${month}-${after}T00:00:00Z,Usage,compute,${cost},${cost},${cost},Microsoft,Service ${row % 40},vm${row},sub${row % 5},"{""team"":""${owner}""}"`,
      )
    }
  }
  return { text: `${lines.join('\n')}\n`, totals: { all, team: own } }
}

/** Imports a bill in a process of its own, as an operator would, and tells the state that it made current. */
export async function importBill(data: string, text: string): Promise<string> {
  const file = join(data, 'bill.csv')
  writeFileSync(file, text)
  await measure(cli, ['import', file, '--source', 'bill', '--data', data, '--json'])
  return basename(readFileSync(join(data, 'warehouse', 'current'), 'utf8').trim())
}

/** A decimal text as whole thousandths. Throws for a finer one. */
export function thousandths(text: string): bigint {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const [kept, rest] = [part.padEnd(3, '0').slice(0, 3), part.slice(3)]
  if (whole === '' || /[1-9]/.test(rest)) throw new Error(`${text} is no amount in thousandths`)
  return BigInt(`${sign}${whole}${kept}`)
}
