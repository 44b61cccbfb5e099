import type { JobOption } from './options.ts'

/** Work that a server runs as a command in a process of its own. */
export interface JobKind {
  readonly kind: string
  readonly about: string
  /** Command and subcommand, as the registry of commands has them. */
  readonly command: readonly string[]
  /** Least role of who may start or cancel it. */
  readonly role: 'analyst' | 'admin'
  /** Writes the lake: one such job at a time. */
  readonly writes?: boolean
  readonly options: Readonly<Record<string, JobOption>>
  /** The command works on given files, not on the lake: `--config` is then one of them, not the server's. */
  readonly onFiles?: boolean
  /** Writes its result to a file, given as `--out`; else the result is its output. */
  readonly out?: boolean
  /** Prints one JSON value a line, as it goes; the result is the list of them. */
  readonly lines?: boolean
  /** Takes `--by`: who started it. */
  readonly signed?: boolean
}

const day = (about: string): JobOption => ({ type: 'day', about })
const decimal = (about: string, required = false): JobOption => ({ type: 'decimal', about, required })
const file = (about: string, required = false): JobOption => ({ type: 'file', about, required })
const flag = (about: string): JobOption => ({ type: 'flag', about })
const name = (about: string): JobOption => ({ type: 'name', about })
const whole = (about: string): JobOption => ({ type: 'whole', about })
const asOf: JobOption = { type: 'instant', about: 'The state of the data at this instant; a day means its end, UTC' }
const sources: JobOption = {
  ...{ type: 'name', many: true, positional: true },
  about: 'Configured sources; default all',
}
const periods: JobOption = { type: 'month', many: true, about: 'Billing periods' }
const term: JobOption = { type: 'choice', choices: ['12', '36'], about: 'Months' }
const policy = {
  vanish: decimal('Probability that the whole demand disappears, 0 to 1'),
  salvage: decimal('Fraction of the unused cost that is recovered, 0 to 1'),
  utilisation_floor: decimal('Least used share of the commitment, 0 to 1'),
  cap: decimal('Highest commitment per hour, at commitment prices'),
}

/** Kinds of jobs. The names of options are those of the command line with `_` for `-`; a test holds them to the commands'. */
export const jobKinds: readonly JobKind[] = [
  {
    ...{ kind: 'import', command: ['import'], role: 'admin', writes: true, lines: true },
    about: 'Takes the files of an import set, recognises the format, lands and normalises them',
    options: {
      import: { type: 'upload', about: 'Id of the import set', required: true, positional: true },
      source: name('Name of the source; default: provider and billing account'),
    },
  },
  {
    ...{ kind: 'collect', command: ['collect'], role: 'admin', writes: true, lines: true },
    about: 'Pulls what is new from the configured sources',
    options: { sources, period: periods, dry_run: flag('Says what would be fetched and what it would cost') },
  },
  {
    ...{ kind: 'backfill', command: ['backfill'], role: 'admin', writes: true },
    about: 'Asks the cloud to write past months of an export once more',
    options: {
      source: { ...name('A source of type azure_cost_management'), required: true, positional: true },
      export: { ...name('Name of the export'), required: true, positional: true },
      period: { ...periods, required: true },
    },
  },
  {
    ...{ kind: 'build', command: ['build'], role: 'admin', writes: true, options: {} },
    about: 'Brings the warehouse up to date with the lake',
  },
  {
    ...{ kind: 'reconcile', command: ['reconcile'], role: 'analyst', options: { as_of: asOf } },
    about: 'Delivered against stored totals with the causes of every difference, and invoices',
  },
  {
    ...{ kind: 'detect', command: ['detect'], role: 'analyst' },
    about: 'Judges the complete days of the lake and keeps the incidents it finds',
    options: { since: day('Lists incidents found on or after that day only') },
  },
  {
    ...{ kind: 'detect_series', command: ['detect'], role: 'analyst', onFiles: true, out: true },
    about: 'Finds anomalies in a series file',
    options: { series: file('CSV of costs by day', true), config: file('JSON settings') },
  },
  {
    ...{ kind: 'explain', command: ['detect'], role: 'analyst', onFiles: true, out: true },
    about: 'What is behind the rise of each scope of a series file',
    options: {
      series: file('CSV of costs by day', true),
      explain: file('JSON: [{"id", "scope", "date"}]', true),
      config: file('JSON settings'),
    },
  },
  {
    ...{ kind: 'alerts_plan', command: ['alerts', 'plan'], role: 'analyst', signed: true },
    about: 'Announces a change, so that it raises no alert',
    options: {
      scope: { type: 'scope', about: 'Dimensions and values', required: true },
      start: { ...day('First day'), required: true },
      end: { ...day('First day on which it no longer holds'), required: true },
      direction: { type: 'choice', choices: ['up', 'down'], about: 'Default both' },
      note: { type: 'text', about: 'Why; kept' },
    },
  },
  {
    ...{ kind: 'alerts_apply', command: ['alerts', 'apply'], role: 'admin' },
    about: 'Takes alerts that detection on a series file wrote into the incidents',
    options: {
      file: { ...file('Alerts as JSON', true), positional: true },
      currency: { type: 'currency', about: 'Of the amounts' },
      since: day('Open incidents that began on or after it and are not in the file are withdrawn'),
    },
  },
  {
    ...{ kind: 'alerts_deliver', command: ['alerts', 'deliver'], role: 'admin' },
    about: 'Sends what is owed to the channels',
    options: { again: flag('Also what has failed for good') },
  },
  {
    ...{ kind: 'forecast', command: ['forecast'], role: 'analyst' },
    about: 'Forecasts month end and quarter of every scope and stores them',
    options: {
      origin: day('Default: the last day that is complete in every source'),
      currency: { type: 'currency', about: 'Default: every currency, each on its own' },
      events: file('JSON: events that history does not show'),
      new: flag('Leaves a currency alone whose data and events are those of its last forecast'),
      backtest: flag('Instead: accuracy of every method at earlier origins'),
      accuracy: flag('Instead: what was issued against what it came to'),
    },
  },
  {
    ...{ kind: 'forecast_series', command: ['forecast'], role: 'analyst', onFiles: true, out: true },
    about: 'Forecasts a series file',
    options: {
      series: file('CSV of costs by day', true),
      origin: { ...day('Last known day'), required: true },
      config: file('JSON: events that history does not show'),
      backtest: flag('Instead: accuracy of every method at earlier origins'),
    },
  },
  {
    ...{ kind: 'recommend', command: ['recommend'], role: 'analyst' },
    about: 'What the bill proves could be saved; new findings enter the savings ledger',
    options: {
      min: decimal('Least saving a month of a finding, in its currency'),
      rule: { type: 'name', many: true, about: 'Only these rules' },
      rules: flag('Lists the rules instead'),
      as_of: asOf,
    },
  },
  {
    ...{ kind: 'savings_verify', command: ['savings', 'verify'], role: 'analyst', signed: true },
    about: 'Measures what is done on the bill, at constant usage',
    options: {
      ids: { ...name('Savings; default everything done or verified'), many: true, positional: true },
      metric: name('Business metric of the usage'),
      successor: name('Resource that took the place of the one saving named'),
    },
  },
  {
    ...{ kind: 'commit_suggest', command: ['commit', 'suggest'], role: 'analyst' },
    about: 'What commitment to buy, with outcomes, back-tests and the past year walked forward',
    options: {
      ...{ term, capital: decimal('Annual cost of capital'), ...policy, as_of: asOf },
      horizon: whole('Commitments that end within so many days count as ended'),
      months: whole('Past months to walk forward'),
    },
  },
  {
    ...{ kind: 'commit_size', command: ['commit', 'size'], role: 'analyst', onFiles: true },
    about: 'The best size of a commitment for a demand by the hour',
    options: {
      hours: file('CSV hour,ode or hour,item,ode,discount', true),
      existing: file('CSV hour,ode or hour,ode,end'),
      discount: decimal('Of all hours, where rows have none'),
      until: day('End of the horizon'),
      ...policy,
      step: decimal('Purchasable step per hour'),
      missing: { type: 'choice', choices: ['zero'], about: 'An hour without a row had no demand' },
    },
  },
  {
    ...{ kind: 'commit_offers', command: ['commit', 'offers'], role: 'analyst', onFiles: true },
    about: 'Term and payment, judged by break-even and by what an upfront payment earns a year',
    options: {
      offers: file('CSV offer,term_months,upfront,recurring_per_hour,on_demand_per_hour', true),
      capital: decimal('Annual cost of capital'),
      break_even: decimal('Months within which full use has to earn the upfront back'),
    },
  },
  {
    ...{ kind: 'commit_expiry', command: ['commit', 'expiry'], role: 'analyst', onFiles: true },
    about: 'What is still owed, when it ends, how long it locks in',
    options: {
      plans: file('CSV id,start,end,commitment_per_hour', true),
      at: { ...day('Day of the answer'), required: true },
      eligible: decimal('Eligible spend per hour at commitment prices'),
    },
  },
  {
    ...{ kind: 'commit_ladder', command: ['commit', 'ladder'], role: 'analyst', onFiles: true },
    about: 'Equal purchases a part of the term apart',
    options: {
      amount: decimal('Per hour', true),
      tranches: { ...whole('How many'), required: true },
      term: { ...whole('Months'), required: true },
      at: { ...day('Of the first'), required: true },
    },
  },
  {
    ...{ kind: 'doctor', command: ['doctor'], role: 'analyst', options: { sources } },
    about: 'Configuration, access to each source, freshness and room left',
  },
]
