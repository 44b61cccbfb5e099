/** One hour or month of a spend-based committed-use discount, currency units. */
export interface SpendCud {
  readonly net: number
  readonly commitment_fee: number
  readonly usage_on_demand: number
  readonly usage_at_discount: number
  /** Credit of the legacy model, offset of the fee in the new one; negative. */
  readonly credit: number
  /** As stated on the commitment: on-demand currency units in the legacy model, discounted ones in the new one. */
  readonly commitment: number
}

/**
 * The bill of a spend-based CUD in Google's two models (specs/commitments.md section 5): legacy shows usage at list price and a credit,
 * the new model prices usage by consumption model and offsets the fee. Their net cost is the same (vector C16).
 *
 * @param committed on-demand equivalent that the commitment covers
 * @param usage on-demand equivalent used
 * @param discount fraction
 */
export function spendCud(
  committed: number,
  usage: number,
  discount: number,
): { readonly legacy: SpendCud; readonly current: SpendCud } {
  const covered = Math.min(committed, usage)
  const fee = committed * (1 - discount)
  const priced = covered * (1 - discount)
  return {
    legacy: {
      net: usage - covered + fee,
      commitment_fee: fee,
      usage_on_demand: usage,
      usage_at_discount: 0,
      credit: -covered,
      commitment: committed,
    },
    current: {
      net: priced + (usage - covered) + fee - priced,
      commitment_fee: fee,
      usage_on_demand: usage - covered,
      usage_at_discount: priced,
      credit: -priced,
      commitment: fee,
    },
  }
}

/**
 * The discount that a resource CUD adds where sustained use would be discounted anyway: 1 − (1 − d_cud) ÷ (1 − d_sud)
 * (specs/commitments.md section 5, levels to be confirmed). Fractions.
 */
export function discountBeyondSustainedUse(cud: number, sustained: number): number {
  return 1 - (1 - cud) / (1 - sustained)
}
