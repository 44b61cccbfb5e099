import { formatMoney, formatShare } from '../web/format.ts'
import { bySize, cell, mine, number, ratioOf, total } from './cells.ts'
import type { Chart, Column, Section, Table, Tile, Value } from './document.ts'
import type { Kind } from './kinds.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { listed } from './tables.ts'
import { heldTo } from './targets.ts'
import { accrual, byMonth, monthLabels } from './trends.ts'

const all = '(all required)'
const keyNames: Readonly<Record<string, string>> = { [all]: 'All required keys', '(any required)': 'Any required key' }
const keyName = (row: Row) => keyNames[String(row['tag_key'])] ?? cell(row, 'tag_key')

/** Tag coverage: by key, where it is missing, which resources cost most without, and which spellings are wrong. */
export const tags: Kind = {
  name: 'tags',
  title: 'Tag coverage report',
  pages: null,
  needsTeam: false,
  async gather(source, frame) {
    const keys = mine(await source.rows('tag_coverage', frame.within), frame)
    const values = mine(await source.rows('tag_values', frame.within), frame)
    const every = keys.find((row) => row['tag_key'] === all)
    const lead = every
      ? `${formatShare(number(every, 'coverage_taggable'))} of taggable cost carries all required tags; ${formatMoney(cell(every, 'untagged_cost'), frame.currency, 'whole')} does not, and ${formatMoney(cell(every, 'untaggable_cost'), frame.currency, 'whole')} cannot be tagged.`
      : 'No key is required by the policy.'
    return [
      {
        id: 'coverage',
        title: '',
        lead,
        rows: [coverageTiles(source, every, values), [await trend(source, frame)], [keyTable(keys, frame)]],
      },
      {
        id: 'where',
        title: 'Where tags are missing',
        lead: null,
        rows: [
          [await groupTable(source, frame, 'provider'), await groupTable(source, frame, 'team')],
          [await groupTable(source, frame, 'account')],
        ],
      },
      {
        id: 'resources',
        title: 'What to tag, and what to spell right',
        lead: null,
        rows: [[await untaggedTable(source, frame)], [spellingTable(values, frame)]],
      },
    ] satisfies Section[]
  },
}

function coverageTiles(source: ReportSource, every: Row | undefined, values: readonly Row[]): Tile[] {
  const tile = (metric: string, label: string, value: number | null, detail: string): Tile => ({
    ...{ type: 'tile', metric, label, detail, unit: 'ratio', basis: accrual },
    value: value === null ? null : String(value),
    target: heldTo(source, metric, 'ratio').target,
    status: heldTo(source, metric, 'ratio').status(value),
    reason: value === null ? (cell(every, 'reason') ?? 'nothing to measure') : null,
  })
  const tagged = values.filter((row) => row['raw_value'] !== null)
  const odd = tagged.filter((row) => row['status'] === 'non_canonical' || row['status'] === 'key_variant')
  const sum = (rows: readonly Row[]) => total(rows.map((row) => cell(row, 'effective_cost')))
  const spelled = tagged.length === 0 ? null : ratioOf(sum(odd) ?? '0', sum(tagged))
  return [
    tile(
      'tag.coverage_taggable',
      'Taggable cost tagged',
      number(every, 'coverage_taggable'),
      `of all cost ${formatShare(number(every, 'coverage_total'))}`,
    ),
    tile(
      'tag.coverage_count',
      'Resources tagged',
      number(every, 'coverage_count'),
      `${cell(every, 'tagged_resources') ?? '–'} of ${cell(every, 'taggable_resources') ?? '–'}`,
    ),
    tile('tag.compliant', 'With an allowed value', number(every, 'compliance'), 'of taggable cost'),
    tile(
      'tag.noncanonical_cost',
      'Spelled otherwise',
      spelled === null ? null : Number(spelled),
      'of tagged cost, over all keys',
    ),
  ]
}

async function trend(source: ReportSource, frame: Frame): Promise<Chart> {
  const since = { start_date: `${frame.months[0]}-01`, end_date: frame.within.end_date }
  const rows = mine(await source.rows('tag_coverage', { group_by: 'month', ...since }), frame)
  const names = [...new Set(rows.map((row) => String(row['tag_key'])))]
    .filter((name) => name !== '(any required)')
    .slice(0, 5)
  const target = source.lake.targets.find(({ kpi }) => kpi === 'tag.coverage_taggable')
  return {
    type: 'chart',
    id: 'coverage_by_month',
    title: 'Share of taggable cost with the tag',
    basis: `${accrual}, by billing month`,
    kind: 'lines',
    unit: 'ratio',
    categories: monthLabels(frame.months),
    keys: frame.months,
    series: names.map((name) => ({
      name: keyNames[name] ?? name,
      role: 'actual' as const,
      values: byMonth(
        frame.months,
        rows.filter((row) => row['tag_key'] === name),
        'group_value',
        'coverage_taggable',
      ),
    })),
    target: target ? { value: String(target.met), label: 'target' } : undefined,
    empty: 'no taggable cost',
  }
}

const figures: readonly Column[] = [
  { id: 'taggable_cost', head: 'Taggable', unit: 'money' },
  { id: 'untagged_cost', head: 'Untagged', unit: 'money' },
  { id: 'coverage_taggable', head: 'Tagged', unit: 'ratio' },
]
const status: Column = { id: 'status', head: 'Status', unit: 'status' }

function keyTable(keys: readonly Row[], frame: Frame): Table {
  const more: readonly Column[] = [
    { id: 'coverage_total', head: 'Of all cost', unit: 'ratio' },
    { id: 'coverage_count', head: 'Of resources', unit: 'ratio' },
    { id: 'normalised_coverage_taggable', head: 'Any spelling', unit: 'ratio' },
    { id: 'compliance', head: 'Allowed value', unit: 'ratio' },
  ]
  return {
    type: 'table',
    id: 'by_key',
    title: `By key, ${frame.currency}`,
    basis: accrual,
    columns: [{ id: 'key', head: 'Key', unit: 'text' }, ...figures, ...more, status],
    rows: keys.map((row) => ({
      cells: [keyName(row), ...[...figures, ...more].map(({ id }) => cell(row, id)), cell(row, 'target_status')],
    })),
    empty: 'no key is required',
  }
}

const groupsShown = { provider: 10, team: 14, account: 14 }

async function groupTable(source: ReportSource, frame: Frame, by: keyof typeof groupsShown): Promise<Table> {
  const rows = mine(await source.rows('tag_coverage', { group_by: by, ...frame.within }), frame)
    .filter((row) => row['tag_key'] === all)
    .toSorted((a, b) => bySize(cell(a, 'untagged_cost'), cell(b, 'untagged_cost')))
  return listed({
    id: `by_${by}`,
    title: `By ${by}, all required keys, ${frame.currency}`,
    basis: accrual,
    columns: [
      { id: by, head: by.charAt(0).toUpperCase() + by.slice(1), unit: by === 'account' ? 'id' : 'text' },
      ...figures,
      status,
    ],
    rows: rows.map((row) => [
      cell(row, 'group_value') ?? '(none)',
      ...figures.map(({ id }) => cell(row, id)),
      cell(row, 'target_status'),
    ]),
    limit: groupsShown[by],
    sums: ['taggable_cost', 'untagged_cost'],
    withTotal: true,
    derive: (cells) => {
      const untagged = ratioOf(cells[2] ?? null, cells[1] ?? null)
      return cells.with(3, untagged === null ? null : String(1 - Number(untagged)))
    },
    empty: 'no taggable cost',
  })
}

const resourcesShown = 25

export async function untaggedTable(source: ReportSource, frame: Frame): Promise<Table> {
  const team = frame.team === null ? {} : { team: frame.team }
  const months = { start_month: frame.month, end_month: frame.within.end_date.slice(0, 7) }
  const rows = mine(
    await source.rows('untagged_resources', { limit: String(resourcesShown), ...team, ...months }),
    frame,
  )
  return {
    type: 'table',
    id: 'untagged',
    title: `Resources that cost most without a required tag, ${frame.currency}`,
    basis: `${accrual}, billing month`,
    columns: [
      { id: 'resource', head: 'Resource', unit: 'id', width: 2.2 },
      { id: 'service', head: 'Service', unit: 'text', width: 1.2 },
      { id: 'account', head: 'Account', unit: 'id' },
      { id: 'missing', head: 'Missing', unit: 'text' },
      { id: 'cost', head: 'Cost', unit: 'money' },
    ],
    rows: rows.map((row) => ({
      cells: [
        cell(row, 'resource_name') ?? cell(row, 'resource_id'),
        cell(row, 'service_name'),
        cell(row, 'sub_account_id'),
        cell(row, 'missing_keys'),
        cell(row, 'effective_cost'),
      ],
    })),
    empty: 'every taggable resource carries the required tags',
  }
}

const problems: Readonly<Record<string, string>> = {
  key_variant: 'the key is spelled otherwise',
  non_canonical: 'the value is spelled otherwise',
  not_allowed: 'the value is not allowed',
  placeholder: 'the value says nothing',
}
const spellingsShown = 25

/** Blanks at the ends of a value are its mistake: quotes show them. */
function spelled(value: Value): Value {
  if (value === null || value.trim() === '') return value === null ? null : '(blank)'
  return value === value.trim() ? value : `"${value}"`
}

function spellingTable(values: readonly Row[], frame: Frame): Table {
  const rows = values
    .filter((row) => String(row['status']) in problems)
    .toSorted((a, b) => bySize(cell(a, 'effective_cost'), cell(b, 'effective_cost')))
  return listed({
    id: 'spellings',
    title: `Spellings and values to put right, ${frame.currency}`,
    basis: accrual,
    columns: [
      { id: 'problem', head: 'Problem', unit: 'text', width: 1.4 },
      { id: 'key', head: 'Key as written', unit: 'text' },
      { id: 'value', head: 'Value as written', unit: 'text' },
      { id: 'meant', head: 'Means', unit: 'text' },
      { id: 'cost', head: 'Cost', unit: 'money' },
    ],
    rows: rows.map((row) => [
      problems[String(row['status'])] ?? null,
      cell(row, 'raw_key'),
      spelled(cell(row, 'raw_value')),
      cell(row, 'canonical_value'),
      cell(row, 'effective_cost'),
    ]),
    limit: spellingsShown,
    sums: ['cost'],
    empty: 'every tag is spelled as it should be',
  })
}
