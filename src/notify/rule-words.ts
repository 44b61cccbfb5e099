/** Rules of src/detect, in words. */
const rules: Readonly<Record<string, string>> = {
  commitment_end: 'a commitment ended: what it covered is charged without its discount',
  common_factor: 'all usage of the service moved by one factor',
  credit_end: 'a credit or discount ended',
  frozen_sum: 'sum over several days, against an expectation frozen before they began',
  lump: 'a recurring fee is larger than it was',
  near_total_fall: 'almost nothing is left of it',
  new_service: 'a service that was not used before',
  new_usage: 'usage of a kind or place that was not seen before',
  spike: 'a day far outside of its usual range',
  sparse: 'above anything of the last months',
  weekend: 'it did not fall at the weekend',
}

/** Why a finding was made, for people. */
export function ruleWords(rule: string): string {
  return rules[rule] ?? rule.replaceAll('_', ' ')
}
