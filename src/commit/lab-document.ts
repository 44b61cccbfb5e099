/** Where a discount comes from, best first; see queries/lab/discounts.sql. */
export type PriceSource = 'list_prices' | 'own_bill' | 'lookup'

/**
 * The purchase lab's answer as plain data, for the command line, the reports and scripts.
 *
 * Instants are ISO UTC, days `YYYY-MM-DD`, intervals half-open. Amounts are decimal text in `currency`, those `_per_hour` at commitment
 * prices unless the name says on demand; ratios are fractions, null where they cannot be computed. All of it but the sizes is simulated.
 */
export interface LabDocument {
  readonly schema: 'costwright-commitment-lab/1'
  readonly asked_at: string
  /** Hours of demand [from, to); null for a lake without eligible usage. */
  readonly demand: { readonly from: string; readonly to: string } | null
  /** Version of the table of eligible usage. */
  readonly eligibility: string
  readonly settings: {
    /** Days on which sizes are fitted. */
    readonly lookback_days: number
    /** Commitments that end within so many days are taken as ended. */
    readonly horizon_days: number
    readonly term_months: number
    readonly capital_rate: number
  }
  /** Largest net saving of the balanced posture first. */
  readonly suggestions: readonly LabSuggestion[]
  /** Scopes where nothing is suggested, with the reason. */
  readonly refused: readonly LabRefusal[]
  readonly commitments: readonly LabCommitment[]
  /** One row for each month, currency and strategy, oldest first: what the lab would have cost, had it been followed. */
  readonly walk_forward: readonly LabMonth[]
  /** Sums of `walk_forward` by currency and strategy. */
  readonly walk_forward_totals: readonly LabTotal[]
}

/** What a purchase would cover. */
export interface LabScope {
  readonly scope: string
  readonly provider: string
  readonly billing_account_id: string
  /** What is bought, for example `Compute Savings Plan`. */
  readonly program: string
  /** Empty where it covers all services, families or regions alike. */
  readonly service: string
  readonly family: string
  readonly region: string
  readonly currency: string
  /** `daily`: the bill has days only, so the troughs of hours are unknown and sizes are of low confidence. */
  readonly granularity: 'hourly' | 'daily'
  readonly confidence: 'high' | 'medium' | 'low'
  /** On-demand cost of the eligible usage of the look-back, and what existing commitments leave of it. */
  readonly eligible_per_hour: string
  readonly uncovered_per_hour: string
}

export interface LabSuggestion extends LabScope {
  readonly posture: 'balanced' | 'conservative'
  readonly commitment_per_hour: string
  /** On-demand cost that it covers when it is used in full. */
  readonly covers_per_hour: string
  readonly discount: number
  readonly price_source: PriceSource
  /** What the price is from, for people: whose, of which date and how old. */
  readonly price_note: string
  /** Of a month of 730 hours. */
  readonly saving_per_month: string
  readonly utilisation: number | null
  readonly coverage_before: number | null
  readonly coverage_after: number | null
  readonly break_even_utilisation: number
  readonly postures: readonly LabPosture[]
  readonly options: readonly LabOption[]
  /** Names of commitments counted as ended, because they end within the horizon. */
  readonly put_back: readonly string[]
  /** What to know before buying, empty for nothing. */
  readonly warnings: readonly string[]
  readonly ladder: readonly { readonly buy: string; readonly end: string; readonly commitment_per_hour: string }[]
}

/** One way to size, with its outcomes and its past; a posture that may not be suggested says why. */
export interface LabPosture {
  readonly posture: 'conservative' | 'balanced' | 'aggressive'
  readonly commitment_per_hour: string
  readonly saving_per_month: string | null
  /** 5 % and 95 % of the saving of a month, from quarters of weeks drawn at random. */
  readonly saving_per_month_p5: string | null
  readonly saving_per_month_p95: string | null
  readonly worst_week_utilisation: number | null
  readonly back_test: LabBackTest
  readonly refused: string | null
}

/** How the rule did at past origins; money of all scored hours together. */
export interface LabBackTest {
  readonly lookback_days: number
  readonly horizon_days: number
  readonly origins: number
  /** Origins at which it cost more than buying nothing, and than buying at the mean of the look-back. */
  readonly losses: number
  readonly losses_to_mean: number
  readonly saving: string
  readonly saving_rate: number | null
  readonly utilisation: number | null
  /** Cost above the same rule with hindsight. */
  readonly regret_to_oracle: string
  /** Cost above buying nothing, and above buying at the mean; negative where the rule was cheaper. */
  readonly regret_to_nothing: string
  readonly regret_to_mean: string
}

/** One term and payment for the same capacity. */
export interface LabOption {
  readonly option: string
  readonly term_months: number
  readonly payment: string
  readonly discount: number
  readonly price_source: PriceSource
  readonly price_note: string
  readonly commitment_per_hour: string
  readonly upfront: string
  readonly recurring_per_hour: string
  readonly break_even_utilisation: number
  readonly break_even_months: number | null
  /** Annual rate that the upfront earns against the option of the same term with the least upfront. */
  readonly implied_interest: number | null
  /** Months that the usage has to last for this term to beat renewing one year; null for a year. */
  readonly beats_renewal_after_months: number | null
  readonly objections: readonly string[]
}

export interface LabRefusal extends LabScope {
  readonly reason: string
  /** Null where the history is too short for a back-test or no price is known. */
  readonly postures: readonly LabPosture[]
}

/** A commitment that the bill shows in the last days of the demand. */
export interface LabCommitment {
  readonly commitment_id: string
  readonly provider: string
  readonly currency: string
  readonly commitment_type: string
  readonly per_hour: string
  /** Null where the bill does not say: then it is taken to stay. */
  readonly ends_at: string | null
  readonly is_put_back: boolean
}

export type LabStrategy = 'nothing' | 'mean' | 'balanced'

export interface LabMonth {
  /**
   * `YYYY-MM`; bought at its start with hours before it only, and by no strategy where they are too few for a back-test: strategies
   * differ in size, not in date.
   */
  readonly month: string
  readonly currency: string
  readonly strategy: LabStrategy
  /** Of purchases of the strategy; what existed before is the same in all of them and left out. */
  readonly commitment_cost: string
  readonly on_demand_cost: string
  readonly net_cost: string
  readonly saved_against_nothing: string
  readonly utilisation: number | null
}

export interface LabTotal extends Omit<LabMonth, 'month'> {
  readonly months: number
  readonly saving_rate: number | null
}
