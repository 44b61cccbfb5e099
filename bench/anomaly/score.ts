import type { EventType, Label, World } from '../worlds/model.ts'

/** One record of a detector on a world. Days are indices; `leaves` are those on which the record is judged. */
export interface Judged {
  readonly leaves: readonly number[]
  readonly series: string
  readonly date: number
  readonly detectedOn: number
  readonly direction: 'up' | 'down'
  readonly score: number
  readonly fired: boolean
  readonly rule?: string
  readonly suppressed?: string | null
  readonly info?: string
  readonly region?: string | undefined
  readonly usage_type?: string | undefined
  readonly leaf?: number | undefined
}

export interface Tally {
  readonly events: number
  readonly hits: number
  readonly falseIncidents: number
  readonly seriesDays: number
  readonly byType: ReadonlyMap<EventType, { events: number; hits: number }>
  readonly falseBy: ReadonlyMap<string, number>
  readonly money: { readonly caught: number; readonly all: number }
  readonly delays: readonly number[]
  readonly roots: { readonly right: number; readonly asked: number }
  readonly missed: readonly Label[]
  readonly wrong: readonly Judged[]
}

const scoredFrom = 90
const brief = new Set<EventType>(['spike', 'multi_day', 'fee_jump'])

/** Scores records against a world's labels as anomalies.md section 9 says. */
export function tally(world: World, records: readonly Judged[]): Tally {
  const { hitBy, wrong } = sortOut(world, records)
  const incidents = falseIncidents(wrong)
  const byType = new Map<EventType, { events: number; hits: number }>()
  const delays: number[] = []
  const money = { caught: 0, all: 0 }
  const roots = { right: 0, asked: 0 }
  for (const label of world.labels) {
    const of = byType.get(label.type) ?? { events: 0, hits: 0 }
    byType.set(label.type, of)
    of.events++
    money.all += sum(label.excess, 0)
    const first = hitBy.get(label)?.toSorted((a, b) => a.detectedOn - b.detectedOn)[0]
    if (!first) continue
    of.hits++
    const delay = first.detectedOn - label.start
    money.caught += sum(label.excess, delay)
    if (!brief.has(label.type)) delays.push(delay)
    if (first.region === undefined) continue
    roots.asked++
    if (first.region === label.root.region && first.usage_type === label.root.usage_type) roots.right++
  }
  return {
    events: world.labels.length,
    hits: hitBy.size,
    falseIncidents: incidents.length,
    seriesDays: world.leaves.length * (world.calendar.days - scoredFrom),
    byType,
    falseBy: countCauses(world, incidents),
    money,
    delays,
    roots,
    missed: world.labels.filter((label) => !hitBy.has(label)),
    wrong: incidents,
  }
}

function sortOut(world: World, records: readonly Judged[]) {
  const hitBy = new Map<Label, Judged[]>()
  const wrong: Judged[] = []
  for (const record of records) {
    const touched = world.labels.filter(
      (label) => record.date >= label.start && record.leaves.some((leaf) => label.leaves.includes(leaf)),
    )
    const hits = touched.filter(
      ({ direction, window_end }) => direction === record.direction && record.date <= window_end,
    )
    for (const label of hits) hitBy.set(label, [...(hitBy.get(label) ?? []), record])
    const excused = touched.some((label) => record.date <= label.quiet_until) || isUnjudged(world, record)
    if (hits.length === 0 && !excused) wrong.push(record)
  }
  return { hitBy, wrong }
}

const sum = (values: readonly number[], from: number) =>
  values.slice(Math.max(0, from)).reduce((a, b) => a + Math.abs(b), 0)

function isUnjudged(world: World, record: Judged): boolean {
  return world.distractors.some(
    (one) =>
      !one.judged &&
      record.date >= one.start &&
      record.date <= one.end + 14 &&
      record.leaves.some((leaf) => one.leaves.includes(leaf)),
  )
}

/** The first record of each false incident: records of one series at most 3 days apart are one, of at most 14 days. */
function falseIncidents(wrong: readonly Judged[]): Judged[] {
  const out: Judged[] = []
  for (const records of Map.groupBy(wrong, ({ series }) => series).values()) {
    let start = -100
    let last = -100
    for (const record of records.toSorted((a, b) => a.date - b.date)) {
      if (record.date - last > 3 || record.date - start >= 14) {
        out.push(record)
        start = record.date
      }
      last = record.date
    }
  }
  return out
}

function countCauses(world: World, incidents: readonly Judged[]): Map<string, number> {
  const out = new Map<string, number>()
  for (const record of incidents) {
    const cause = causeOf(world, record)
    out.set(cause, (out.get(cause) ?? 0) + 1)
  }
  return out
}

/** What a false record fell for: a planted look-alike, a fee, a holiday, or nothing but the series' own noise. */
export function causeOf(world: World, record: Judged): string {
  const planted = world.distractors.find(
    (one) =>
      record.date >= one.start && record.date <= one.end + 7 && record.leaves.some((leaf) => one.leaves.includes(leaf)),
  )
  if (planted) return planted.type
  const leaf = world.leaves[record.leaves[0] ?? -1]
  if (!leaf) return 'noise'
  const due = leaf.cells.find(
    (cell) =>
      ['Subscription:month', 'Support', 'Saas', 'Licence', 'Tax'].includes(cell.usage_type) &&
      (cell.cost[record.date] as number) > 0,
  )
  if (due) return due.usage_type === 'Tax' ? 'tax' : 'fee'
  if (world.holidays.some((day) => record.date === day || record.date === day + 1)) return 'holiday'
  return leaf.kind === 'month_end' || leaf.kind === 'adoption' || leaf.kind === 'sparse' || leaf.kind === 'batch'
    ? leaf.kind
    : 'noise'
}

export interface Figures {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly rate: number
}

/** Precision, recall and F1 as fractions, and false incidents per 100 series-days, over several worlds. */
export function figures(tallies: readonly Tally[]): Figures {
  const total = (pick: (one: Tally) => number) => tallies.reduce((all, one) => all + pick(one), 0)
  const hits = total((one) => one.hits)
  const wrong = total((one) => one.falseIncidents)
  const recall =
    hits /
    Math.max(
      1,
      total((one) => one.events),
    )
  const precision = hits / Math.max(1, hits + wrong)
  return {
    precision,
    recall,
    f1: (2 * precision * recall) / Math.max(1e-9, precision + recall),
    rate: (100 * wrong) / total((one) => one.seriesDays),
  }
}

/** Best recall (and its figures) at no more than `budget` false incidents per 100 series-days, the cut chosen with the labels in hand. */
export function atBudget(runs: readonly { world: World; records: readonly Judged[] }[], budget: number): Figures {
  const scores = runs.flatMap(({ records }) => records.map(({ score }) => score)).sort((a, b) => b - a)
  let best: Figures = { precision: 0, recall: 0, f1: 0, rate: 0 }
  for (let place = 8; place < scores.length; place = Math.ceil(place * 1.15)) {
    const cut = scores[place] as number
    const now = figures(
      runs.map(({ world, records }) =>
        tally(
          world,
          records.filter(({ score }) => score >= cut),
        ),
      ),
    )
    if (now.rate <= budget && now.recall > best.recall) best = now
  }
  return best
}
