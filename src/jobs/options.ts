/** What an option of a job takes. `pattern` is the whole value's; nothing that begins with a dash fits any. */
export interface OptionType {
  readonly pattern: string
  readonly maxLength: number
  /** A right value, for messages and the description. */
  readonly example: string
}

/** Types of options that are text. An `upload` is an import set, a `file` is a file of one: `set/name`. */
export const optionTypes = {
  name: { pattern: '^[A-Za-z0-9][A-Za-z0-9 ._:/@+()-]*$', maxLength: 200, example: 'aws-main' },
  text: { pattern: '^[^\\u0000-\\u001f\\u007f-]([^\\u0000-\\u001f\\u007f]*)$', maxLength: 1000, example: 'load test' },
  month: { pattern: '^\\d{4}-(0[1-9]|1[0-2])$', maxLength: 7, example: '2026-03' },
  day: { pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', maxLength: 10, example: '2026-03-31' },
  instant: {
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))?$',
    maxLength: 40,
    example: '2026-03-31',
  },
  decimal: { pattern: '^\\d{1,15}(\\.\\d{1,9})?$', maxLength: 30, example: '0.30' },
  whole: { pattern: '^\\d{1,4}$', maxLength: 4, example: '30' },
  currency: { pattern: '^[A-Z]{3}$', maxLength: 3, example: 'USD' },
  scope: {
    pattern: '^[a-z_]+=[^,=\\u0000-\\u001f\\u007f]+(,[a-z_]+=[^,=\\u0000-\\u001f\\u007f]+)*$',
    maxLength: 500,
    example: 'account=111122223333,service=AmazonEC2',
  },
  upload: { pattern: '^[0-9a-f]{32}$', maxLength: 32, example: '5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5' },
  file: {
    pattern: '^[0-9a-f]{32}/[^/\\\\\\u0000-\\u001f\\u007f]{1,120}$',
    maxLength: 160,
    example: '5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5/hours.csv',
  },
} as const satisfies Readonly<Record<string, OptionType>>

/** One option of a kind of job, and where its value goes in the command. */
export interface JobOption {
  /** `flag` is true or false; `choice` one of `choices`. */
  readonly type: keyof typeof optionTypes | 'flag' | 'choice'
  readonly about: string
  readonly choices?: readonly string[]
  readonly required?: boolean
  /** Takes several values. */
  readonly many?: boolean
  /** An argument without `--`, in the order of the table. */
  readonly positional?: boolean
}

export type OptionValue = string | boolean | readonly string[]
export type OptionValues = Readonly<Record<string, OptionValue>>
