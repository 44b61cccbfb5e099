import { parseDetectConfig } from '../../src/detect/config.ts'
import { explain, type Question } from '../../src/detect/explain.ts'
import { dateAt, type SeriesInput } from '../../src/detect/input.ts'
import type { Label, World } from '../worlds/model.ts'

interface Asked {
  readonly question: Question
  readonly label: Label
  readonly level: 'narrow' | 'wide'
}

/** Asks about each rise of usage or credit on its second day (a ramp at its end), from total, provider, account and service. */
export function questionsOf(world: World): Asked[] {
  return world.labels.flatMap((label) => {
    const leaf = world.leaves[label.root.leaf]
    if (!leaf || label.direction === 'down' || label.type === 'lapse') return []
    const day = label.type === 'ramp' ? label.end : Math.min(label.end, label.start + 1)
    const base = { date: dateAt(world.calendar.start, day), direction: 'up' as const }
    const { provider, account, service } = leaf
    const scopes = [{}, { provider }, { provider, account }, { provider, account, service }]
    return scopes
      .filter((scope) => isLargest(world, label, scope, day))
      .map((scope) => ({
        label,
        level: 'account' in scope ? ('narrow' as const) : ('wide' as const),
        question: { id: `${label.id}/${Object.keys(scope).length}`, scope, ...base },
      }))
  })
}

/** Whether no other event that began in the last ten days moves the scope more on that day: else the question has another answer. */
function isLargest(world: World, asked: Label, scope: Partial<World['leaves'][number]>, day: number): boolean {
  const on = (label: Label) => Math.abs(label.excess[day - label.start] ?? 0)
  return world.labels.every((label) => {
    if (label === asked || label.direction === 'down' || label.start > day || day - label.start > 10) return true
    const leaf = world.leaves[label.root.leaf]
    const inside = Object.entries(scope).every(([name, value]) => leaf?.[name as 'service'] === value)
    return !inside || on(label) < on(asked)
  })
}

/** Shares of questions whose first answer is the planted leaf, and region and usage type (account and service scopes), and the leaf from total and provider. */
export function rankRoots(runs: readonly { world: World; input: SeriesInput; questions: readonly Asked[] }[]) {
  const count = { leaf: 0, place: 0, narrow: 0, wide: 0, wideAll: 0 }
  for (const { world, input, questions } of runs) {
    const { answers } = explain(
      input,
      questions.map(({ question }) => question),
      parseDetectConfig({}, input),
    )
    questions.forEach(({ label, level }, i) => {
      const first = answers[i]?.ranked[0]
      const leaf = world.leaves[label.root.leaf]
      const right = first?.account === leaf?.account && first?.service === leaf?.service && first?.team === leaf?.team
      const place =
        right &&
        first &&
        'region' in first &&
        first.region === label.root.region &&
        first.usage_type === label.root.usage_type
      if (level === 'wide') {
        count.wideAll++
        count.wide += Number(right)
      } else {
        count.narrow++
        count.leaf += Number(right)
        count.place += Number(place)
      }
    })
  }
  return { leaf: count.leaf / count.narrow, place: count.place / count.narrow, wide: count.wide / count.wideAll }
}
