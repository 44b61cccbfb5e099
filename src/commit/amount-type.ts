import { quoteIdentifier, type Warehouse } from '../warehouse/warehouse.ts'

/** A DECIMAL type and its decimals. */
export interface AmountType {
  readonly type: string
  readonly decimals: number
}

/** Decimals to which an amount is kept where its text has more of them or an exponent. */
const mostDecimals = 18

/**
 * The narrowest type that holds the column `ode` of tables of text exactly, up to 18 decimals: the engine reads amounts of at most
 * 18 digits ten times as fast as longer ones.
 */
export async function amountTypeOf(warehouse: Warehouse, tables: readonly string[]): Promise<AmountType> {
  const texts = tables.map((table) => `select ode from ${quoteIdentifier(table)}`).join(' union all ')
  const { rows } = await warehouse.query(
    `select coalesce(max(length(ode) - instr(ode, '.')) filter (contains(ode, '.')), 0)::integer as decimals,
       coalesce(max(case when contains(ode, '.') then instr(ode, '.') - 1 else length(ode) end), 0)::integer as whole,
       coalesce(bool_or(contains(lower(ode), 'e')), false) as has_exponent
     from (${texts})`,
  )
  const decimals = rows[0]?.['has_exponent'] ? mostDecimals : Math.min(mostDecimals, Number(rows[0]?.['decimals']))
  const isShort = Number(rows[0]?.['whole']) + decimals <= 18 && decimals < mostDecimals
  return { type: `decimal(${isShort ? 18 : 38}, ${decimals})`, decimals }
}
