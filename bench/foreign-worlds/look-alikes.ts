import type { Cell, Leaf } from '../worlds/model.ts'
import { type Build, distract, isFree, isFreeAfter, isUsage, place, usageOf } from './build.ts'
import { largest, scaleDay } from './usage-events.ts'

/** Moves a leaf's cost to another team, sometimes to another account or under another service name; the parent stays flat. */
export function plantRetag(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business', 'storage', 'adoption'], 20)
  if (!found) return false
  const { leaf, start } = found
  if (!isFreeAfter(at, leaf.id, start)) return false
  const target = targetOf(at, leaf)
  const id = target.id
  if (id !== at.leaves.length && !isFree(at, id, start, start + 20)) return false
  if (id === at.leaves.length) at.leaves.push(target)
  const share = at.rng.chance(0.7) ? 1 : at.rng.uniform(0.4, 0.8)
  for (const cell of leaf.cells.filter((one) => isUsage(one) || share === 1)) {
    const into = target.cells.find(
      ({ region, usage_type, charge_category }) =>
        region === cell.region && usage_type === cell.usage_type && charge_category === cell.charge_category,
    )
    const cost = into?.cost ?? new Float64Array(at.calendar.days)
    for (let day = start; day < cost.length; day++) {
      cost[day] = (cost[day] as number) + (cell.cost[day] as number) * share
      cell.cost[day] = (cell.cost[day] as number) * (1 - share)
    }
    if (!into) target.cells.push({ ...cell, cost })
  }
  distract(at, { type: 'retag', leaves: [leaf.id, id], start, end: start + 14, judged: true })
  return true
}

function targetOf(at: Build, leaf: Leaf): Leaf {
  const way = at.rng.uniform()
  const accounts = at.accounts.filter(({ vendor, name }) => vendor.provider === leaf.provider && name !== leaf.account)
  const own = at.accounts.find(({ name }) => name === leaf.account)
  const owners = ['', ...(own?.teams ?? [])].filter((team) => team !== leaf.team)
  const moved =
    way < 0.15 && accounts.length > 0
      ? { account: at.rng.pick(accounts).name }
      : way < 0.25
        ? { service: `${leaf.service} v2` }
        : { team: owners.length > 0 ? at.rng.pick(owners) : 'platform' }
  const key = { provider: leaf.provider, account: leaf.account, service: leaf.service, team: leaf.team, ...moved }
  const known = at.leaves.find(
    (one) =>
      one.provider === key.provider &&
      one.account === key.account &&
      one.service === key.service &&
      one.team === key.team,
  )
  return known ?? { ...key, id: at.leaves.length, kind: leaf.kind, level: leaf.level, cells: [] }
}

/** Plants a refund: large ones turn the day negative and must stay silent, small ones are not judged. */
export function plantRefund(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business', 'storage', 'bursty'], 14)
  if (!found) return false
  const { leaf, start } = found
  const isSmall = at.rng.chance(0.25)
  const usage = usageOf(leaf)[start] as number
  const amount = usage * (isSmall ? at.rng.uniform(0.1, 0.6) : at.rng.logUniform(1.3, 9))
  leaf.cells.push(oneOff(at, leaf, start, { amount: -amount, category: at.rng.pick(['Credit', 'Adjustment']) }))
  distract(at, { type: 'refund', leaves: [leaf.id], start, end: start + 1, judged: !isSmall })
  return true
}

/** Plants an up-front purchase: not judged. */
export function plantPurchase(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business'], 14)
  if (!found) return false
  const { leaf, start } = found
  const amount = leaf.level * at.rng.logUniform(15, 150)
  leaf.cells.push(oneOff(at, leaf, start, { amount, category: 'Purchase' }))
  distract(at, { type: 'purchase', leaves: [leaf.id], start, end: start + 2, judged: false })
  return true
}

function oneOff(at: Build, leaf: Leaf, day: number, of: { amount: number; category: string }): Cell {
  const cost = new Float64Array(at.calendar.days)
  cost[day] = of.amount
  const usage_type = of.category === 'Purchase' ? 'UpfrontFee' : 'Refund'
  return { region: largest(leaf, day).region, usage_type, charge_category: of.category, cost }
}

/** Plants a deliberate saving, a lasting fall: not judged. */
export function plantSaving(at: Build): boolean {
  const found = place(at, ['steady', 'compute', 'business', 'storage'], 30)
  if (!found) return false
  const { leaf, start } = found
  if (!isFreeAfter(at, leaf.id, start)) return false
  const left = at.rng.uniform(0.35, 0.8)
  for (let day = start; day < at.calendar.days; day++) scaleDay(leaf, day, left)
  distract(at, { type: 'saving', leaves: [leaf.id], start, end: start + 35, judged: false })
  return true
}

/** Takes all rows of one account on one day away; what falls due that day is posted on the next. */
export function plantGap(at: Build, gaps: { account: string; day: number }[]): boolean {
  const account = at.rng.pick(at.accounts).name
  const day = at.rng.int(60, at.calendar.days - 10)
  const own = at.leaves.filter((one) => one.account === account)
  const ids = new Set(own.map(({ id }) => id))
  const touched = [...at.labels, ...at.distractors].some(
    (one) => one.leaves.some((leaf) => ids.has(leaf)) && Math.abs(one.start - day) < 4,
  )
  if (touched || gaps.some((one) => Math.abs(one.day - day) < 10)) return false
  for (const { cost, ...cell } of own.flatMap(({ cells }) => cells)) {
    const isDaily = cell.charge_category === 'Usage' && cell.usage_type !== 'Subscription:month'
    if (!isDaily && cell.charge_category !== 'Credit') cost[day + 1] = (cost[day + 1] as number) + (cost[day] as number)
    cost[day] = 0
  }
  gaps.push({ account, day })
  at.distractors.push({ type: 'gap', leaves: [...ids], start: day, end: day + 1, judged: true })
  return true
}
