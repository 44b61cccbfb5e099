/** Rules of src/detect, in words. */
const rules: Readonly<Record<string, string>> = {
  commitment_end: 'a commitment ended: what it covered is charged without its discount',
  common_factor: 'all usage of the service moved by one factor',
  credit_end: 'a credit or discount ended',
  frozen_sum: 'sum over several days, against an expectation frozen before they began',
  lump: 'a recurring fee is larger than it was',
  coverage_fall: 'less of the eligible usage is covered by commitments than in the four weeks before',
  data_late: 'nothing new has come for longer than usual; falls of cost are not judged meanwhile',
  near_total_fall: 'almost nothing is left of it',
  new_service: 'a service that was not used before',
  new_usage: 'usage of a kind or place that was not seen before',
  spike: 'a day far outside of its usual range',
  sparse: 'above anything of the last months',
  sum_shift: 'many services moved together, none of them enough by itself',
  sum_spike: 'many services rose together on one day, none of them enough by itself',
  tag_coverage_fall: 'less of the taggable cost carries the required tags than in the four weeks before',
  unit_cost_rise: 'a unit costs more than in the four weeks before',
  utilisation_fall: 'less of the commitment is used than in the four weeks before',
  weekend: 'it did not fall at the weekend',
}

/** Why a finding was made, for people. */
export function ruleWords(rule: string): string {
  return rules[rule] ?? rule.replaceAll('_', ' ')
}
