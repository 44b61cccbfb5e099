import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ledger, openLedger } from '../../src/state/ledger.ts'

const finding = {
  finding_id: 'f1',
  finding_key: 'aws.ip.idle|payer|eipalloc-1|USD',
  role: 'counted',
  rule: 'aws.ip.idle',
  rule_version: 1,
  step: 'eliminate',
  provider: 'aws',
  sub_account_id: 'account',
  resource_id: 'eipalloc-1',
  currency: 'USD',
  cash_saving_month: '7.3000000000',
  one_off_cost: null,
}
const day = (text: string) => new Date(`${text}T12:00:00Z`)

let path: string
let ledger: Ledger

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'state.sqlite')
  ledger = openLedger(path)
  ledger.propose([finding], day('2026-09-01'))
})
afterEach(() => {
  ledger.close()
  rmSync(dirname(path), { recursive: true })
})

const change = (to: Parameters<Ledger['change']>[1]['to'], on: string, more: object = {}) =>
  ledger.change('f1', { to, actor: 'anna', at: day(on), ...more })

test('a finding enters once as proposed; advice does not', () => {
  ledger.propose([finding, { ...finding, finding_id: 'f2', finding_key: 'k2', role: 'advisory' }], day('2026-09-02'))
  expect(ledger.list()).toMatchObject([
    { finding_id: 'f1', state: 'proposed', identified_amount: '7.3000000000', identified_on: '2026-09-01' },
  ])
  expect(ledger.events('f1')).toHaveLength(1)
})

test('from proposed to verified, every step is an event with its actor', () => {
  change('accepted', '2026-09-02', { owner: 'web team' })
  change('in_progress', '2026-09-03')
  change('done', '2026-09-04')
  change('verified', '2026-10-01', { amount: '7.10' })
  expect(ledger.list()).toMatchObject([
    {
      state: 'verified',
      owner: 'web team',
      accepted_on: '2026-09-02',
      implemented_on: '2026-09-04',
      verified_amount: '7.10',
    },
  ])
  expect(ledger.events('f1').map((event) => [event['actor'], event['from_state'], event['to_state']])).toEqual([
    ['recommend', null, 'proposed'],
    ['anna', 'proposed', 'accepted'],
    ['anna', 'accepted', 'in_progress'],
    ['anna', 'in_progress', 'done'],
    ['anna', 'done', 'verified'],
  ])
})

test('a done saving whose finding is back is re-opened once', () => {
  change('accepted', '2026-09-02')
  change('done', '2026-09-04')
  const back = { ...finding, state: 'regressed' }
  ledger.propose([back], day('2026-11-01'))
  ledger.propose([{ ...finding, state: 'regressed' }], day('2026-11-02'))
  expect(ledger.list()[0]?.state).toBe('regressed')
  expect(ledger.events('f1').map((event) => event['to_state'])).toEqual(['proposed', 'accepted', 'done', 'regressed'])
  expect(change('accepted', '2026-11-03').state).toBe('accepted')
})

test.each([
  ['proposed', 'done'],
  ['proposed', 'verified'],
  ['accepted', 'verified'],
  ['dismissed', 'done'],
] as const)('%s cannot become %s', (from, to) => {
  if (from !== 'proposed') change(from, '2026-09-02', { reason: 'r' })
  expect(() => change(to, '2026-09-05')).toThrow(`a saving that is ${from} cannot become ${to}`)
  expect(ledger.list()[0]?.state).toBe(from)
})

test('nothing is done before it was accepted, nor accepted before it was identified', () => {
  expect(() => change('accepted', '2026-09-02', { day: '2026-08-31' })).toThrow('it was identified on 2026-09-01')
  change('accepted', '2026-09-10')
  expect(() => change('done', '2026-09-12', { day: '2026-09-09' })).toThrow('it was accepted on 2026-09-10')
  expect(change('done', '2026-09-12', { day: '2026-09-10' }).implemented_on).toBe('2026-09-10')
})

test('a dismissed saving is hidden through its day, a done one for 30 days', () => {
  change('dismissed', '2026-09-02', { reason: 'kept for the audit', until: '2026-12-31' })
  expect(ledger.decisions()).toEqual([
    { finding_key: finding.finding_key, state: 'dismissed', hidden_until: '2026-12-31' },
  ])
  change('accepted', '2026-09-03')
  expect(ledger.decisions()[0]?.hidden_until).toBeNull()
  change('done', '2026-09-04')
  expect(ledger.decisions()[0]?.hidden_until).toBe('2026-10-04')
})

test('the audit can be neither changed nor shortened', () => {
  const db = new DatabaseSync(path)
  expect(() => db.exec("update savings_events set actor = 'nobody'")).toThrow('append-only')
  expect(() => db.exec('delete from savings_events')).toThrow('append-only')
  db.close()
})

test('a second process sees what the first wrote, and an unknown saving is refused', () => {
  change('accepted', '2026-09-02')
  const other = openLedger(path)
  expect(other.list('accepted')).toHaveLength(1)
  expect(other.list('done')).toEqual([])
  expect(() => other.change('nope', { to: 'accepted', actor: 'a', at: day('2026-09-02') })).toThrow(
    'there is no saving nope',
  )
  other.close()
})

test('a proposal that its rule no longer makes expires, and is proposed again when it is back', () => {
  const states = () => ledger.list().map(({ state, reason }) => [state, reason])
  ledger.propose([], day('2026-09-02'), ['aws.nat.idle'])
  expect(states()).toEqual([['proposed', null]])
  ledger.propose([{ ...finding, role: 'alternative' }], day('2026-09-03'), ['aws.ip.idle'])
  expect(states()).toEqual([['expired', 'another move is better']])
  ledger.propose([], day('2026-09-04'), ['aws.ip.idle'])
  ledger.propose([finding], day('2026-09-05'), ['aws.ip.idle'])
  expect(ledger.list()).toMatchObject([{ state: 'proposed' }])
  expect(ledger.events('f1').map((event) => event['to_state'])).toEqual(['proposed', 'expired', 'proposed'])
})

test('what somebody decided on does not expire', () => {
  change('accepted', '2026-09-02')
  ledger.propose([], day('2026-09-03'), ['aws.ip.idle'])
  expect(ledger.list()).toMatchObject([{ state: 'accepted' }])
})
