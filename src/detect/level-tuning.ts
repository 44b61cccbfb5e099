/**
 * The configuration of the sums, apart from that of the leaves: their noise is smaller, so smaller moves are clear, and each asks for
 * several leaves. Chosen 2026-11 on the worlds of bench/worlds with seeds 1 to 4. Shares are of the expectation, lengths are days.
 */
export const levelTuning = {
  warmup: 90,
  /** Whole weeks, so that each window holds every weekday alike; 1: the day against the same weekdays before. */
  lengths: [1, 7, 14, 28],
  /** A common move fires at this many of its own spreads; scores are scaled to `tuning.cut` there. */
  sigmas: 4.5,
  spikeSigmas: 7,
  /** Where others can be told apart, the own move need be clear by this factor less: demand that all share blurs it. */
  ownFactor: 2,
  /** A sum that all others cannot be told from must be clearer by this factor. */
  aloneFactor: 1.3,
  /** Falls must be clearer by this factor, and as long: holidays are shorter. */
  fallFactor: 1.5,
  leastFallDays: 14,
  leastRise: 0.04,
  leastFall: 0.1,
  leastSpike: 0.15,
  /** A leaf counts for at most this log, so that no single one makes a common move. */
  mostOfLeaf: 0.15,
  /** Share of the leaves, by the root of their cost, that move along. */
  along: 0.7,
  /** Days of the same statistic that its spread is learnt from, fewest that tell it, and least spread. */
  spreadDays: 120,
  fewestSpreads: 40,
  spreadFloor: 0.006,
  /** A spread from few days counts as larger: by the root of 1 + this / days. */
  fewDays: 60,
  /** Share of a parent's excess that one leaf, or incidents of leaves, may have: beyond, it is filed there. */
  oneLeaf: 0.7,
  /** Fewest leaves of a sum that is watched, and how many equal ones must carry its move. */
  fewestMovers: 4,
  fewestCarriers: 2.5,
  /** Days after which an incident of a leaf no longer explains a window that begins. */
  explainsFor: 45,
  /** An open incident of a sum explains up to this multiple of the daily excess it was told with. */
  knownRoom: 1.25,
  minAmount: 10,
} as const
