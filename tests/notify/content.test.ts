import { crc32, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { actionUrl } from '../../src/notify/alert.ts'
import { createAnnouncer } from '../../src/notify/announce.ts'
import { chartPng } from '../../src/notify/chart-png.ts'
import { contentOf, cut, plainText, titleOf } from '../../src/notify/content.ts'
import { sparkline } from '../../src/notify/sparkline.ts'
import { noContext } from '../../src/state/announcer.ts'
import { reduce } from '../../src/state/incidents.ts'
import { alert, finding, message, notifications } from '../support/alerts.ts'

const spaced = (text: string) => text.replaceAll('\u00a0', ' ')
const point = (actual: string | null, low: string | null = null, high: string | null = null) => ({
  ...{ date: '2026-01-01', actual, low, high },
})

test('a message in plain text says what, how much, since when, where, whose and why', () => {
  expect(spaced(plainText(contentOf(message())))).toBe(
    [
      'Amazon EC2 in 111122223333 USD 208.55 above expected since 2026-11-19',
      '',
      'Cost: USD 412.10, expected USD 203.55 (USD 190.00 to USD 220.00)',
      'Excess: +USD 208.55 (+102 %)',
      'Since: 2026-11-19, through 2026-11-20',
      'Cause: 111122223333 › Amazon EC2 › eu-west-1 › BoxUsage:p5.48xlarge › i-0abc, USD 201.10 (new)',
      'Owner: payments',
      'Why: sum over several days, against an expectation frozen before they began',
      `Trend: ${'▄'.repeat(28)}██`,
    ].join('\n'),
  )
})

test('a fall, no currency, nothing expected, an unknown rule, a parent series: nothing is made up', () => {
  const fall = alert({ direction: 'down', excess: '-90.00', actual: '10.00', expected: '100.00', currency: null })
  expect(spaced(titleOf(fall))).toBe('Amazon EC2 in 111122223333 90.00 below expected since 2026-11-19')
  expect(spaced(plainText(contentOf(message({ alerts: [fall] }))))).toContain('Shortfall: −90.00 (−90 %)')
  const birth = alert({
    expected: '0.00',
    expected_low: null,
    expected_high: null,
    rule: 'some_rule',
    history: [],
    causes: [],
  })
  const text = spaced(plainText(contentOf(message({ alerts: [birth] }))))
  expect(text).toContain('expected USD 0.00\nExcess: +USD 208.55\n')
  expect(text).toContain('Why: some rule')
  expect(text).not.toMatch(/Cause|Trend|Infinity|NaN/)
  expect(titleOf(alert({ series: {} }))).toMatch(/^Total cost /)
  expect(titleOf(alert({ series: { account: '1' } }))).toMatch(/^1 /)
})

test('each change of state has its own opening', () => {
  const opening = (change: Parameters<typeof alert>[0]) => titleOf(alert(change)).split(': ')[0]
  expect(opening({ change: 'escalated' })).toBe('Escalated')
  expect(opening({ change: 'acknowledged', actor: 'jane' })).toBe('Acknowledged by jane')
  expect(opening({ change: 'resolved' })).toBe('Resolved')
  expect(opening({ change: 'retracted' })).toBe('Withdrawn')
  expect(opening({ change: 'unacknowledged' })).toBe('Nobody has acknowledged')
})

test('severity is by size in the alert’s currency, at the limit the higher one; links and owners come from the configuration', () => {
  const announcer = createAnnouncer(
    notifications(
      'dashboard_url: https://c.example.com/\nchart_url: "https://c.example.com/{incident_id}.png"\nowners: [{ team: payments, owner: jane }]',
    ),
  )
  const alertOf = (excess: string, team = 'payments', owner: string | null = null) => {
    const series = { provider: 'AWS', account: '1', service: 'x', team }
    const outcome = reduce(null, { type: 'detected', finding: finding({ excess, series, owner }) })
    if (outcome.refused !== undefined) throw new Error(outcome.refused)
    return announcer.alert(outcome.incident, 'opened', noContext, '2026-11-21T07:00:00.000Z')
  }
  expect(['99.99', '100', '-100.00', '999.99', '1000'].map((excess) => alertOf(excess))).toMatchObject([
    { severity: 'info' },
    { severity: 'warning' },
    { severity: 'warning' },
    { severity: 'warning' },
    { severity: 'critical' },
  ])
  expect(alertOf('1')).toMatchObject({
    owner: 'jane',
    url: 'https://c.example.com/alerts/a1b2c3d4e5f60718',
    chart_url: 'https://c.example.com/a1b2c3d4e5f60718.png',
  })
  expect([alertOf('1', ''), alertOf('1', 'search'), alertOf('1', 'payments', 'bob')]).toMatchObject([
    { owner: 'unowned' },
    { owner: 'search' },
    { owner: 'bob' },
  ])
  expect(actionUrl('https://c.example.com/alerts/1?x=y', 'expect')).toBe(
    'https://c.example.com/alerts/1?x=y&action=expect',
  )
})

test('a trend needs two known days, shows an unknown one as a dot and a negative one as nothing', () => {
  expect(sparkline([])).toBeNull()
  expect(sparkline([point('1'), point(null)])).toBeNull()
  expect(sparkline([point('0'), point('0')])).toBe('▁▁')
  expect(sparkline([point('10'), point(null), point('-5'), point('20')])).toBe('▅·▁█')
  expect(sparkline(Array.from({ length: 90 }, () => point('1')))).toHaveLength(30)
})

test('a chart is a valid small PNG, also of zeros, gaps and negative amounts', () => {
  expect(chartPng([point('1')])).toBeNull()
  expect(chartPng([point(null), point('3')])).toBeNull()
  const histories = [
    [point('0'), point('0')],
    [point('-5', '-10', '0'), point(null, '0', '1'), point('20', '10', '15')],
    Array.from({ length: 400 }, (_, day) => point(String(day % 7), '1', '5')),
  ]
  for (const history of histories) {
    const png = chartPng(history) ?? Buffer.alloc(0)
    expect(png.length).toBeLessThan(2500)
    const chunks = chunksOf(png)
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND'])
    expect(chunks.every(({ isWhole }) => isWhole)).toBe(true)
    expect(inflateSync(chunks[2]?.data ?? Buffer.alloc(0))).toHaveLength(90 * 321)
  }
})

function chunksOf(png: Buffer) {
  const chunks: { type: string; data: Buffer; isWhole: boolean }[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    const isWhole = png.readUInt32BE(at + 8 + length) === crc32(body)
    chunks.push({ type: body.subarray(0, 4).toString('latin1'), data: body.subarray(4), isWhole })
    at += 12 + length
  }
  return chunks
}

test('a text is cut with an ellipsis and never within a character', () => {
  expect([cut('abc', 3), cut('abcd', 3), cut('a😀b', 3)]).toEqual(['abc', 'ab…', 'a…'])
})
