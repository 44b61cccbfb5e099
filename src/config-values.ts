import { z } from 'zod'

// The kinds of values in costwright.yaml, with messages that complete `<key>: …`.

export const missing = (message: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is missing' : message
const numberText = (value: unknown) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
export const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)$/

export const text = z.preprocess(
  numberText,
  z
    .string({ error: missing('must be text') })
    .trim()
    .min(1, 'is empty'),
)
export const texts = z.array(text, { error: missing('must be a list') })

/** A decimal as written: text or a whole number. A fraction that is a JavaScript number has lost its digits already. */
export const decimal = (whole: number, fraction: number) =>
  z
    .preprocess(numberText, z.string({ error: missing('must be a plain decimal; put a fraction in quotes') }))
    .transform((value) => value.trim().replace(/(?<=\d)_(?=\d)/g, ''))
    .refine((value) => plainNumber.test(value), 'must be a plain decimal with a point, without thousands separators')
    .refine((value) => {
      const [units = '', decimals = ''] = value.replace(/^[+-]/, '').split('.')
      return units.length <= whole && decimals.length <= fraction
    }, `has more than ${whole} digits before or ${fraction} after the point`)

export const amount = decimal(15, 9)
export const notNegative = (schema: typeof amount) =>
  schema.refine((value) => !value.startsWith('-'), 'must not be negative')
export const percentage = notNegative(decimal(5, 4))

export const integer = (low: number, high: number) =>
  z
    .preprocess(numberText, z.string({ error: missing('must be a whole number') }))
    .refine(
      (value) => /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high,
      `must be a whole number from ${low} to ${high}`,
    )
    .transform(Number)

export const choice = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: missing(`must be one of ${values.join(', ')}`) })

const units: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}

/** A size with its unit, as whole bytes. */
export const byteSize = text
  .pipe(z.string().regex(/^\d{1,6}\s*([KMGT]B|[KMG]iB)$/i, 'must be a size with unit, such as 2GB'))
  .transform((value) => Number.parseInt(value, 10) * (units[value.replace(/^[\d\s]+/, '').toUpperCase()] ?? 1))
