import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { truncated } from '../../bench/anomaly/causality.ts'
import { worldInput } from '../../bench/anomaly/series.ts'
import { buildWorld } from '../../bench/worlds/world.ts'
import { parseDetectConfig } from '../../src/detect/config.ts'
import type { SeriesInput } from '../../src/detect/input.ts'
import { alertsDocument } from '../../src/detect/records.ts'
import { detectFrom } from '../../src/detect/resume.ts'
import { folderStore } from '../../src/detect/snapshot-store.ts'
import { detect } from '../../src/detect/walk.ts'

const settings = { emit_candidates: true }

/** A folder for snapshots, the runs that use it, and what they had to say. */
function nights() {
  const folder = mkdtempSync(join(tmpdir(), 'resume-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const notes: string[] = []
  const store = folderStore(folder, 'USD', (text) => notes.push(text))
  const file = (slot: string) => join(folder, `USD.${slot}.snapshot`)
  const run = (input: SeriesInput, config: object = settings) =>
    alertsDocument(detectFrom(input, parseDetectConfig(config, input), store))
  return { run, notes, file }
}

const anew = (input: SeriesInput, config: object = settings) =>
  alertsDocument(detect(input, parseDetectConfig(config, input)))

/** The first leaves of a provider in a world. */
function some(seed: number, provider: string, late = false): SeriesInput {
  const world = buildWorld({ seed })
  return worldInput({ ...world, leaves: world.leaves.filter((leaf) => leaf.provider === provider).slice(0, 40) }, late)
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step)

test.each([
  { seed: 21, provider: 'gcp', late: false, cuts: [88, 95, ...range(130, 391, 9)], compared: [139, 292] },
  { seed: 22, provider: 'aws', late: true, cuts: [128, 129, 134, 190, 191, 192, 262, 263], compared: [192] },
])(
  'night after night from the snapshot the document is that of walking everything ($seed, late data: $late)',
  ({ seed, provider, late, cuts, compared }) => {
    const input = some(seed, provider, late)
    const { run, notes } = nights()
    for (const cut of [...cuts, input.last_seen]) {
      const part = truncated(input, cut)
      const found = run(part)
      if (cut === input.last_seen || compared.includes(cut))
        expect(JSON.stringify(found)).toBe(JSON.stringify(anew(part)))
    }
    expect(notes).toEqual([])
  },
)

/** The input with the amounts of a day multiplied. */
function restated(input: SeriesInput, day: number, factor: number): SeriesInput {
  const amount = input.rows.amount.map((value, i) => (input.rows.day[i] === day ? Math.round(value * factor) : value))
  return { ...input, rows: { ...input.rows, amount } }
}

test('days restated in the last weeks are walked again from the older snapshot, older ones from the beginning', () => {
  const input = some(21, 'gcp')
  const { run, notes } = nights()
  run(truncated(input, 200))
  const month = restated(truncated(input, 201), 170, 3)
  expect(run(month)).toEqual(anew(month))
  expect(notes).toEqual([expect.stringMatching(/newest snapshot .* rows of days that were judged have changed/)])
  const quarter = restated(truncated(input, 202), 110, 3)
  expect(run(quarter)).toEqual(anew(quarter))
  expect(notes.slice(1).map((note) => note.slice(0, 11))).toEqual(['the newest ', 'the older s'])
  expect(run(quarter)).toEqual(anew(quarter))
  expect(notes).toHaveLength(3)
})

/** Turns a bit of the byte at a place, counted from the end when negative. */
function alter(path: string, place: number): void {
  const bytes = readFileSync(path)
  const at = place < 0 ? bytes.length + place : place
  bytes[at] = (bytes[at] as number) ^ 64
  writeFileSync(path, bytes)
}

test('a snapshot that is cut short, altered, foreign or of another configuration is left aside with a note', () => {
  const input = truncated(some(21, 'gcp'), 150)
  const wanted = anew(input)
  const damages: [RegExp, (path: string) => void][] = [
    [/cut short/, (path) => truncateSync(path, statSync(path).size - 5000)],
    [/checksum/, (path) => truncateSync(path, statSync(path).size - 2)],
    [/checksum/, (path) => alter(path, -1000)],
    [/checksum/, (path) => alter(path, 5000)],
    [/cut short|checksum/, (path) => alter(path, 31)],
    [/another version of Node/, (path) => alter(path, 16)],
    [/no file of this kind/, (path) => writeFileSync(path, 'something else')],
    [/no file of this kind/, (path) => writeFileSync(path, '')],
  ]
  const { run, notes, file } = nights()
  run(input)
  for (const [reason, damage] of damages) {
    damage(file('newest'))
    expect(run(input)).toEqual(wanted)
    expect(notes.splice(0)).toEqual([expect.stringMatching(reason)])
  }
  appendFileSync(file('older'), 'unused')
  const stricter = { ...settings, min_impact: { amount: 50 } }
  expect(run(input, stricter)).toEqual(anew(input, stricter))
  expect(notes).toEqual([
    expect.stringMatching(/newest .*configuration/),
    expect.stringMatching(/older .*configuration/),
  ])
})

test('days that were incomplete are judged again when they are complete', () => {
  const input = some(21, 'gcp')
  const upTo = (cut: number, complete: number) => {
    const part = truncated(input, cut)
    return { ...part, complete_before: new Int32Array(part.leaves.length).fill(complete) }
  }
  const { run, notes } = nights()
  for (const part of [upTo(200, 198), upTo(201, 199), upTo(202, 201), upTo(203, 201)])
    expect(run(part)).toEqual(anew(part))
  expect(notes).toEqual([])
  const stale = upTo(204, 190)
  expect(run(stale)).toEqual(anew(stale))
  expect(notes).toEqual([expect.stringMatching(/complete/)])
})

/** Daily costs of one account's service by team, in cents; a team has no row where it costs nothing. */
function teams(costs: Readonly<Record<string, (day: number) => number>>, days: number): SeriesInput {
  const names = Object.keys(costs).filter((team) => range(0, days, 1).some((day) => costs[team]?.(day) !== 0))
  const rows = range(0, days, 1).flatMap((day) =>
    names.flatMap((team, cell) => {
      const amount = Math.round(100 * (costs[team]?.(day) ?? 0))
      return amount === 0 ? [] : [{ cell, day, amount }]
    }),
  )
  return {
    ...{ first_date: '2024-01-01', days, scale: 2, long: true, vintages: false, last_seen: days - 1 },
    leaves: names.map((team) => ({ provider: 'p', account: 'a', service: 's', team })),
    cells: names.map((_, leaf) => ({ leaf, region: 'r', usage_type: 'u', charge_category: 'Usage' })),
    rows: {
      length: rows.length,
      cell: Int32Array.from(rows, ({ cell }) => cell),
      day: Int32Array.from(rows, ({ day }) => day),
      seen: Int32Array.from(rows, ({ day }) => day),
      amount: Float64Array.from(rows, ({ amount }) => amount),
    },
  }
}

const wobbly = (day: number, phase: number) => 100 + 3 * Math.sin(day * 12.9898 + phase)

test('a team that appears beside one that was alone begins a sum with the past of the first', () => {
  const both = (days: number) =>
    teams(
      {
        a: (day) => (day < 150 ? 0 : wobbly(day, 1) * (day < 200 ? 1 : 1.5)),
        b: (day) => wobbly(day, 2) * (day < 200 ? 1 : 1.5),
      },
      days,
    )
  const { run, notes } = nights()
  for (const days of [149, 150, 151, 152, 201, 202, 203, 210]) expect(run(both(days))).toEqual(anew(both(days)))
  expect(run(both(210)).alerts.some(({ rule }) => rule === 'common_factor')).toBe(true)
  expect(notes).toEqual([])
})

test('a team that appears beside one of which weekends were left out of training goes on from before those', () => {
  const weekend = (day: number) => day % 7 >= 5
  const first = (day: number) => wobbly(day, 2) * (weekend(day) && ![131, 132].includes(day) ? 0.2 : 1)
  const both = (days: number) => teams({ a: (day) => (day < 150 ? 0 : wobbly(day, 1)), b: first }, days)
  const { run, notes } = nights()
  for (const days of [150, 151, 152]) expect(run(both(days))).toEqual(anew(both(days)))
  expect(notes).toEqual([expect.stringMatching(/newest .*treated apart/)])
})

test('a file of no day has nothing to keep', () => {
  const { run, notes } = nights()
  expect(run(teams({}, 0)).alerts).toEqual([])
  expect(notes).toEqual([])
})
