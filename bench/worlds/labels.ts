import type { World } from './model.ts'

/** The labels of a world as plain JSON: dates instead of indices, names instead of ids. */
export function labelsOf(world: World) {
  const { date } = world.calendar
  const names = (id: number) => {
    const leaf = world.leaves[id]
    return leaf && { provider: leaf.provider, account: leaf.account, service: leaf.service, team: leaf.team }
  }
  return {
    seed: world.seed,
    mode: world.mode,
    settings: world.settings,
    holidays: world.holidays.map(date),
    origins: world.origins.map(date),
    gaps: world.gaps.map(({ account, day }) => ({ account, date: date(day) })),
    events: world.labels.map(({ leaves, start, end, window_end, quiet_until, root, ...rest }) => ({
      ...rest,
      leaves: leaves.map(names),
      start: date(start),
      end: date(end),
      window_end: date(window_end),
      quiet_until: date(quiet_until),
      root: { ...names(root.leaf), region: root.region, usage_type: root.usage_type },
    })),
    look_alikes: world.distractors.map(({ leaves, start, end, ...rest }) => ({
      ...rest,
      leaves: leaves.map(names),
      start: date(start),
      end: date(end),
    })),
  }
}
