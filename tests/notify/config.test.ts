import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseYamlConfig } from '../../src/config.ts'
import examples from '../../src/config-examples.json' with { type: 'json' }
import { notifications } from '../support/alerts.ts'

const problems = (yaml: string): string => {
  try {
    notifications(yaml)
    return ''
  } catch (error) {
    return String(error)
  }
}

test('nothing configured tells nobody', () => {
  expect(parseYamlConfig('').notifications).toMatchObject({
    channels: [],
    routes: [],
    timezone: 'UTC',
    max_age_days: 3,
  })
})

test('the example of docs/notifications.md is valid, with every type of channel', () => {
  const page = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8')
  const config = parseYamlConfig(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? 'none: found').notifications
  expect(config.channels.map(({ type }) => type).toSorted()).toEqual([
    ...['email', 'jira', 'opsgenie', 'pagerduty', 'servicenow', 'slack', 'teams', 'webhook'],
  ])
})

test.each([
  ['channels: [{ name: a, type: fax }]', 'channels[0].type: must be one of slack, teams, email'],
  ['channels: [{ name: a, type: slack }]', 'needs either url_env, or token_env and channel'],
  ['channels: [{ name: a, type: slack, url_env: H, token_env: T, channel: C }]', 'needs either url_env'],
  ['channels: [{ name: a, type: slack, url_env: "https://hooks.slack.com/x" }]', 'name of an environment variable'],
  ['channels: [{ name: a, type: slack, url_env: H, token: xoxb-1 }]', 'secrets belong in the environment'],
  ['channels: [{ name: A b, type: teams, url_env: H }]', 'must be lower-case letters, digits and dashes'],
  ['channels: [{ name: a, type: teams, url_env: H, quiet_hours: { from: "24:00", to: "08:00" } }]', 'must be a time'],
  ['channels: [{ name: a, type: teams, url_env: H, digest: { every: month } }]', 'must be one of day, week'],
  ['channels: [{ name: a, type: teams, url_env: H, max_per_hour: 0 }]', 'whole number from 1 to 1000'],
  ['channels: [{ name: a, type: pagerduty, routing_key_env: R, max_per_hour: 3 }]', 'max_per_hour: unknown key'],
  [
    'channels: [{ name: a, type: teams, url_env: H }, { name: a, type: teams, url_env: H }]',
    'is the name of another channel',
  ],
  ['routes: [{ channels: [nobody] }]', 'routes[0].channels[0]: is no channel above'],
  [
    'channels: [{ name: a, type: teams, url_env: H }]\nroutes: [{ channels: [a], escalate_after_hours: 2 }]',
    'needs both',
  ],
  ['timezone: Mars/Olympus', 'is no time zone'],
  ['dashboard_url: costwright', 'must be an http or https address'],
  ['chart_url: https://x.example.com/a.png', 'must hold {incident_id}'],
  ['severity: { warnin: 3 }', 'unknown key; did you mean warning?'],
])('%s is refused in words', (yaml, message) => {
  expect(problems(yaml)).toContain(message)
})

test('no problem repeats what may be a secret', () => {
  expect(
    problems('channels: [{ name: a, type: slack, url_env: "https://hooks.slack.com/s3cr3t", token: s3cr3t }]'),
  ).not.toContain('s3cr3t')
})

test('the examples that errors show are valid themselves', () => {
  const { notifications: whole, ...others } = examples
  expect(parseYamlConfig(whole).notifications.routes).toHaveLength(1)
  const top = Object.entries(others).filter(([key]) => /^notifications\.[a-z_]+$/.test(key) && !key.endsWith('.routes'))
  expect(top).toHaveLength(9)
  for (const [, example] of top) expect(problems(example)).toBe('')
})
