/** Exact decimal text, as JSON carries money. */
export type DecimalText = string

const formatters = new Map<string, Intl.NumberFormat>()

/**
 * An amount for readers: currency code, thousands separators, rounded half away from zero to the currency's own digits, exactly
 * from its decimal text.
 *
 * @param amount decimal text; null for an amount that is not known, shown as a dash
 * @param currency ISO code; any other text is written before a plain number with two digits
 * @param style `full` has the currency's digits, `whole` none, `compact` at most three significant digits and a unit (K, M, B)
 *
 * `formatMoney('1234567.895', 'USD')` is `'USD 1,234,567.90'` with a no-break space
 */
export function formatMoney(
  amount: DecimalText | null,
  currency: string,
  style: 'full' | 'whole' | 'compact' = 'full',
): string {
  if (amount === null) return '–'
  const text = formatterOf(currency, style).format(amount.replace(/^[+-]/, '') as Intl.StringNumericLiteral)
  const sign = amount.startsWith('-') && /[1-9]/.test(text) ? '−' : ''
  const digits = isCode(currency) ? text.slice(currency.length + 1) : text
  return `${currency}\u00a0${sign}${digits}`
}

/** A count or volume with thousands separators and at most `digits` decimals, exactly from decimal text. */
export function formatDecimal(value: DecimalText | null, digits = 0): string {
  if (value === null) return '–'
  const key = `decimal ${digits}`
  const formatter = formatters.get(key) ?? new Intl.NumberFormat('en-US', { maximumFractionDigits: digits })
  formatters.set(key, formatter)
  return formatter.format(value as Intl.StringNumericLiteral).replace('-', '−')
}

/** A ratio in percent: `formatShare(0.9128)` is `'91.3 %'` with a no-break space; null is a dash. `signed` writes the plus. */
export function formatShare(ratio: number | null, options: { signed?: boolean; digits?: number } = {}): string {
  return ratio === null ? '–' : formatPercent(ratio * 100, options)
}

/** The same for a number that counts percent already. */
export function formatPercent(percent: number | null, options: { signed?: boolean; digits?: number } = {}): string {
  if (percent === null || !Number.isFinite(percent)) return '–'
  const text = Math.abs(percent).toFixed(options.digits ?? 1)
  const sign = Number(text) === 0 ? '' : percent < 0 ? '−' : options.signed ? '+' : ''
  return `${sign}${text}\u00a0%`
}

/** A small ratio of money and volume, four significant digits: a ratio, not an amount to be added. */
export function formatUnitCost(value: number | null, currency: string): string {
  if (value === null || !Number.isFinite(value)) return '–'
  const text = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 }).format(value)
  return `${currency}\u00a0${text}`
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `formatMonth('2026-03')` is `'Mar 2026'`; other text stays. */
export function formatMonth(month: string): string {
  const match = /^(\d{4})-(\d{2})/.exec(month)
  const name = match && monthNames[Number(match[2]) - 1]
  return match && name ? `${name} ${match[1]}` : month
}

/** `formatDay('2026-03-01')` is `'1 Mar 2026'` with no-break spaces; other text stays. */
export function formatDay(day: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) ? `${Number(day.slice(8))} ${formatMonth(day)}`.replaceAll(' ', '\u00a0') : day
}

/** `formatInstant('2026-03-01T04:05:06Z')` is `'1 Mar 2026, 04:05 UTC'`; null says unknown. */
export function formatInstant(instant: string | null): string {
  if (instant === null) return 'unknown'
  const [date = '', time = ''] = instant.split(/[T ]/)
  return `${Number(date.slice(8, 10))} ${formatMonth(date)}, ${time.slice(0, 5)} UTC`
}

function isCode(currency: string): boolean {
  return /^[A-Z]{3}$/.test(currency)
}

function formatterOf(currency: string, style: 'full' | 'whole' | 'compact'): Intl.NumberFormat {
  const key = `${currency} ${style}`
  const known = formatters.get(key)
  if (known) return known
  const money = isCode(currency) ? ({ style: 'currency', currency, currencyDisplay: 'code' } as const) : {}
  const plainDigits = isCode(currency) ? {} : ({ minimumFractionDigits: 2, maximumFractionDigits: 2 } as const)
  const digits =
    style === 'compact'
      ? ({ notation: 'compact', minimumFractionDigits: 0, maximumSignificantDigits: 3 } as const)
      : style === 'whole'
        ? ({ minimumFractionDigits: 0, maximumFractionDigits: 0 } as const)
        : plainDigits
  const formatter = new Intl.NumberFormat('en-US', { ...money, ...digits })
  formatters.set(key, formatter)
  return formatter
}
