import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { readSlackAction, slackProblem } from '../../src/notify/slack-action.ts'

const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const now = new Date('2026-11-21T07:00:00Z')
const stamp = (seconds: number) => String(now.getTime() / 1000 + seconds)

function pressed(given: { action_id?: string; timestamp?: string; key?: string } = {}) {
  const { action_id = 'costwright_mute', timestamp = stamp(0), key = secret } = given
  const payload = {
    type: 'block_actions',
    user: { id: 'U1', username: 'jane' },
    actions: [{ type: 'button', action_id, value: 'a1b2c3d4e5f60718' }],
  }
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`
  return { timestamp, signature, body }
}

test("Slack's documented example is accepted", () => {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
  const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'
  const request = { timestamp: '1531420618', signature, body }
  expect(slackProblem(request, secret, new Date(1531420618 * 1000))).toBeNull()
  expect(slackProblem(request, secret, now)).toMatch('seconds off')
  expect(readSlackAction(body)).toBeNull()
})

test('a pressed button says what, on which incident, by whom', () => {
  expect(readSlackAction(pressed().body)).toMatchObject({
    ...{ kind: 'press', incident_id: 'a1b2c3d4e5f60718', action: 'mute', actor: 'slack:jane (U1)' },
    ...{ trigger_id: null, response_url: null },
  })
})

test.each([
  ['signed with another secret', pressed({ key: 'other' }), 'its signature is wrong'],
  ['with another body', { ...pressed(), body: `${pressed().body}x` }, 'its signature is wrong'],
  ['with another timestamp', { ...pressed(), timestamp: stamp(1) }, 'its signature is wrong'],
  ['a cut signature', { ...pressed(), signature: 'v0=ab' }, 'its signature is wrong'],
  ['not signed', { ...pressed(), signature: null }, 'it is not signed'],
  ['without timestamp', { ...pressed(), timestamp: null }, 'it is not signed'],
  ['with a word as timestamp', pressed({ timestamp: 'soon' }), 'its timestamp is no number'],
  ['five minutes and a second old', pressed({ timestamp: stamp(-301) }), 'its timestamp is 301 seconds off'],
  ['of the future', pressed({ timestamp: stamp(301) }), 'its timestamp is 301 seconds off'],
])('a request %s is refused', (_, request, problem) => {
  expect(slackProblem(request, secret, now)).toBe(problem)
})

test('at exactly five minutes it is still accepted; link buttons and what is no payload ask for nothing', () => {
  expect(slackProblem(pressed({ timestamp: stamp(-300) }), secret, now)).toBeNull()
  expect(readSlackAction(pressed({ action_id: 'costwright_open' }).body)).toBeNull()
  expect(readSlackAction('a=b')).toBeNull()
  expect(() => readSlackAction('payload=%7B')).toThrow('holds no JSON')
})
