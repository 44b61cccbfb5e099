import { formatMoney } from './format.ts'

export type Row = Readonly<Record<string, unknown>>

export const classWords: Readonly<Record<string, string>> = {
  A: 'the bill names the state',
  B: 'no traffic in the whole look-back',
  C: 'less of it, or a cheaper kind, at a known price',
  D: 'a link that an inventory should confirm',
  E: 'a scenario',
}

export const effortWords: Readonly<Record<string, string>> = { S: 'small', M: 'medium', L: 'large' }

export const riskWords: Readonly<Record<string, string>> = { l: 'low', m: 'medium', h: 'high' }

export const roleWords: Readonly<Record<string, string>> = {
  counted: 'counts',
  alternative: 'another move is better',
  advisory: 'advice, not added',
  unpriced: 'price unknown',
}

/** A cell as text; nothing for null. */
export function textOf(row: Row, name: string): string {
  const value = row[name]
  return value === null || value === undefined ? '' : String(value)
}

/** An amount of the row in its currency; a dash when it is not known. */
export function moneyOf(row: Row, name: string, style: 'full' | 'whole' = 'full'): string {
  const value = row[name]
  return formatMoney(value === null || value === undefined ? null : String(value), textOf(row, 'currency'), style)
}
