import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/state/sqlite.ts'
import { startAllChannels } from '../fakes/notify/all.ts'

const worker = join(import.meta.dirname, '../support/alert-worker.ts')
const folder = mkdtempSync(join(tmpdir(), 'costwright-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const base = Date.parse('2026-12-20T06:00:00Z')

let channels: Awaited<ReturnType<typeof startAllChannels>> | undefined
afterEach(async () => {
  await channels?.close()
  channels = undefined
})

const dayOf = (morning: number) => new Date(Date.parse('2026-08-01') + morning * 86_400_000).toISOString().slice(0, 10)

/** Two days are a chart, which Slack, Jira and ServiceNow get as a file of its own; every fifth incident has one. */
const history = ['2026-07-30', '2026-07-31'].map((date) => ({ date, actual: '100.00', low: '90.00', high: '110.00' }))

/** Everything that detection has said by a morning: one incident opens each day, escalates the next, is over on the third. */
function runOf(mornings: number): object {
  const numbers = Array.from({ length: mornings }, (_, number) => number)
  const series = (number: number) => ({ provider: 'AWS', account: '1', service: `service-${number}`, team: 'payments' })
  const record = (number: number, kind: 'opened' | 'escalated') => {
    const date = dayOf(kind === 'opened' ? number : number + 1)
    const excess = kind === 'opened' ? '200.00' : '1500.00'
    return {
      ...{ series: series(number), date, detected_on: date, direction: 'up', score: 5, kind },
      ...{ incident_id: `run-${number}`, onset: dayOf(number), actual: '300', expected: '100', excess },
      history: number % 5 === 0 ? history : [],
    }
  }
  return {
    schema: 'costwright-alerts/1',
    data_through: dayOf(mornings - 1),
    alerts: numbers.flatMap((number) => [
      record(number, 'opened'),
      ...(number + 1 < mornings ? [record(number, 'escalated')] : []),
    ]),
    incidents: numbers.map((number) => ({
      ...{ incident_id: `run-${number}`, series: series(number), direction: 'up', onset: dayOf(number) },
      state: number + 2 < mornings ? 'resolved' : 'open',
      last_day: dayOf(Math.min(number + 1, mornings - 1)),
      excess: number + 1 < mornings ? '1500.00' : '200.00',
    })),
  }
}

/** Small and seeded, so that a failing run can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function start(path: string, mornings: number, now: number): ChildProcess {
  if (!channels) throw new Error('no channels')
  const { config, env } = channels
  const job = join(folder, `job-${now}-${Math.random()}.json`)
  writeFileSync(job, JSON.stringify({ path, config, env, now: new Date(now).toISOString(), run: runOf(mornings) }))
  return spawn(process.execPath, [worker, job], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function finish(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

/** Kills a run at a random moment: after some milliseconds, or while a random request is under way, before or after it was handled. */
async function killSomewhere(child: ChildProcess, random: () => number): Promise<void> {
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout ?? child, 'data'), ended])
  const kill = () => child.kill('SIGKILL')
  const servers = Object.values(channels?.servers ?? {})
  const server = servers[Math.floor(random() * servers.length)]
  const way = random()
  if (way < 0.4) {
    await sleep(random() * 250)
    kill()
  } else {
    let left = Math.floor(random() * 6)
    const matches = () => {
      left -= 1
      return left < 0
    }
    server?.faults.when(matches, { kind: 'do', run: way < 0.7 ? kill : () => setTimeout(kill, 1 + random() * 8) })
    await Promise.race([ended, sleep(1500)])
    server?.faults.clear()
    kill()
  }
  await ended
}

const distinct = (keys: readonly string[]) => new Set(keys).size
const keyIn = (text: unknown) => /key ([0-9a-f]{32})/.exec(JSON.stringify(text))?.[1] ?? ''

test('a hundred kills between detection and delivery: nothing is lost, nothing is told twice that can be told once', async () => {
  const kills = Number(process.env['COSTWRIGHT_KILLS'] ?? 100)
  channels = await startAllChannels(() => new Date(base))
  // The receiver's clock would have to follow the runs' clocks; its window is tested on its own.
  const path = join(folder, 'kill.sqlite')
  const random = randomOf(20261121)
  for (let number = 1; number <= kills; number += 1) {
    await killSomewhere(start(path, number, base + number * 1000), random)
    const database = openDatabase(path)
    // What a dead process holds is given back after five minutes; the clock of the runs moves a second each.
    database.run('update messages set claimed_until = null')
    database.close()
  }
  await finish(start(path, kills, base + 200_000))
  await finish(start(path, kills, base + 299_000))

  const [opened, escalated, resolved] = [kills, kills - 1, kills - 2]
  const { slack, hook, teams, pagerduty, opsgenie, receiver, jira, servicenow, smtp } = channels
  const toldOnce = {
    slack: slack.posted.map(({ metadata }) => metadata?.event_payload['message_id'] ?? ''),
    pagerduty: pagerduty.incidents.map(({ dedup_key }) => dedup_key),
    opsgenie: opsgenie.alerts.map(({ alias }) => alias),
    jira: jira.issues.map(({ fields }) => String(fields.labels[1])),
    jiraComments: jira.issues.flatMap(({ comments }) => comments.map(keyIn)),
    servicenow: servicenow.records.map(({ correlation_id }) => correlation_id),
    servicenowNotes: servicenow.records.flatMap(({ notes }) => notes.map(keyIn)),
  }
  const sameKey = {
    hook: hook.hooked.map(({ blocks }) => keyIn(blocks)),
    teams: teams.cards.map(({ body }) => keyIn(body)),
    email: smtp.mails.map(({ messageId }) => messageId),
    webhook: receiver.received.map(({ id }) => id),
  }
  const counts = (of: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(of).map(([name, keys]) => [name, distinct(keys)]))
  const twice = (of: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(of).map(([name, keys]) => [name, keys.length - distinct(keys)]))
  if (process.env['COSTWRIGHT_KILLS_REPORT']) console.log(counts(sameKey), twice(sameKey), twice(toldOnce))
  expect(counts(toldOnce)).toEqual({
    slack: opened + escalated,
    pagerduty: opened,
    opsgenie: opened,
    jira: opened,
    jiraComments: escalated + resolved,
    servicenow: opened,
    servicenowNotes: escalated + resolved,
  })
  expect(Object.values(twice(toldOnce))).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(counts(sameKey)).toEqual({
    hook: opened + escalated,
    teams: opened + escalated,
    email: opened + escalated,
    webhook: opened + escalated + resolved,
  })
  expect(slack.posted.filter(({ text }) => text.startsWith('Resolved: '))).toHaveLength(resolved)
  expect(pagerduty.incidents.filter(({ status }) => status === 'resolved')).toHaveLength(resolved)
  expect(opsgenie.alerts.filter(({ status }) => status === 'closed')).toHaveLength(resolved)
  expect(jira.issues.filter(({ status }) => status === 'Done')).toHaveLength(resolved)
  expect(servicenow.records.filter(({ state }) => state === '6')).toHaveLength(resolved)
  rmSync(path)
}, 600_000)

test('four processes at once on one state tell everything once', async () => {
  channels = await startAllChannels(() => new Date(base))
  const path = join(folder, 'together.sqlite')
  await Promise.all([1, 2, 3, 4].map((number) => finish(start(path, 12, base + number))))
  await finish(start(path, 12, base + 2000))
  expect(channels.slack.posted).toHaveLength(12 + 11)
  expect(channels.hook.hooked).toHaveLength(12 + 11)
  expect(channels.smtp.mails).toHaveLength(12 + 11)
  expect(channels.receiver.received).toHaveLength(12 + 11 + 10)
  expect(channels.pagerduty.events).toHaveLength(12 + 11 + 10)
  expect(channels.jira.issues).toHaveLength(12)
}, 120_000)
