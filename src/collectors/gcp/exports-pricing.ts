/** What on-demand queries cost in the US multi-region; other places cost up to half as much again. The first TiB a month is free. */
export const onDemand = {
  usd_per_tib: '6.25',
  since: '2023-07-05',
  origin: 'https://cloud.google.com/bigquery/pricing#on_demand_pricing',
} as const

/** A query bills at least this for each table that it reads. */
const leastBytes = 10n << 20n
const microUsdPerTib = 6_250_000n
const tib = 1n << 40n
export const gib = 1n << 30n

/** Price of a query that reads `bytes`, and what it is made of; `usd` is a decimal string, rounded up to a millionth. */
export function queryPrice(bytes: bigint, what: string): { usd: string; what: string } {
  const billed = bytes < leastBytes ? leastBytes : bytes
  const micro = (billed * microUsdPerTib + tib - 1n) / tib
  const usd = `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`
  return { usd, what: `${inWords(billed)} of ${what} at USD ${onDemand.usd_per_tib} a TiB (BigQuery on demand)` }
}

/** `12.3 MiB`, `1.4 GiB`: one digit, rounded up. */
export function inWords(bytes: bigint): string {
  const unit = bytes >= gib ? { size: gib, name: 'GiB' } : { size: 1n << 20n, name: 'MiB' }
  const tenths = (bytes * 10n + unit.size - 1n) / unit.size
  return `${tenths / 10n}.${tenths % 10n} ${unit.name}`
}
