/**
 * The one configuration of the detectors. Chosen 2026-11 on the worlds of bench/worlds with seeds 1 to 7, and those of
 * bench/foreign-worlds with seeds 1 to 4 (`npm run bench -- anomaly`); relative figures are natural logarithms or fractions of the
 * level, money is in currency units, lengths are days.
 */
export const tuning = {
  /** Every score is scaled so that this value fires. */
  cut: 5,
  warmup: 90,
  levelDays: 21,
  profileDays: 70,
  spreadDays: 70,
  refitEvery: 7,
  refitSumsEvery: 14,
  spreadFloor: 0.02,
  /** What a deployment moves a series by without being an event. */
  stepSpread: 0.03,
  sumLengths: [2, 3, 4, 5, 7, 10, 14, 21, 28],
  sumHistory: 160,
  sumPrior: 0.05,
  /** How many robust deviations each rule asks for. */
  spikeSigmas: 6,
  sumSigmas: 5.5,
  /** What a spike on a bursty series must have more, per unit of its spread above 0.15. */
  wildness: 1,
  cellPenalty: 1.15,
  commonGain: 1.3,
  weekendSigmas: 3.8,
  dropSigmas: 4,
  dropLeft: 0.12,
  dropShare: 0.4,
  minRise: 0.12,
  sparseShare: 0.5,
  minAmount: 10,
  minPercent: 10,
  birthAmount: 35,
  cellBirthAmount: 25,
  lumpRise: 0.35,
  resolveAfter: 7,
  reopenWithin: 14,
  absorbAfter: 28,
  returnWithin: 120,
} as const
