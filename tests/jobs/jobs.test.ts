import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readAudit } from '../../src/state/audit.ts'
import { beginJob, insertJob, type Job } from '../../src/state/jobs.ts'
import { type Database, openDatabase } from '../../src/state/sqlite.ts'
import { spawnProgram, testDesks } from '../support/desks.ts'

const now = () => new Date('2026-11-21T07:00:00Z')
let database: Database
beforeEach(() => {
  database = openDatabase(':memory:')
})
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
  database.close()
})

/** Jobs whose processes run this program. */
function jobsOf(program: string) {
  const spawn = spawnProgram(program)
  const desks = testDesks({ database, now, spawn })
  open.push(desks.close)
  const start = (kind = 'build', options = {}) => {
    const job = desks.jobs.start({ kind, options, actor: undefined })
    if (typeof job === 'string') throw new Error(job)
    return job.job_id
  }
  return { ...desks, spawn, start }
}

/** The job once its stream of events says that it is done, and the names of the events. */
async function ended(jobs: ReturnType<typeof jobsOf>['jobs'], id: string): Promise<{ job: Job; events: string[] }> {
  const feed = jobs.feed(id)
  if (!feed) throw new Error('no feed')
  await new Promise<void>((resolve) => {
    const look = () => {
      if (feed.read(0).isOver) resolve()
    }
    feed.subscribe(look)
    look()
  })
  return { job: jobs.find(id) as Job, events: feed.read(0).events.map(({ event }) => event) }
}

describe('a job', () => {
  test('runs its command, and keeps what it printed, noted and how far it came', async () => {
    const { jobs, start, spawn } = jobsOf(`
      process.send({ progress: { label: 'file.csv', done: 5, total: 10 } }, () => {
        console.error('one'); console.error('two'); console.log('{"path": "x"}'); process.disconnect() })`)
    const { job, events } = await ended(jobs, start())
    expect(job).toMatchObject({
      ...{ state: 'succeeded', exit_code: 0, actor: 'tester', problem: null, result: { path: 'x' } },
      ...{ log: ['one', 'two'], progress: { label: 'file.csv', done: 5, total: 10 } },
    })
    expect(events.toSorted()).toEqual(['done', 'log', 'log', 'progress'])
    expect(events.at(-1)).toBe('done')
    expect(spawn.started).toEqual([['build', '--json']])
    expect(readAudit(database, job.job_id).map(({ action, actor }) => [action, actor])).toEqual([
      ['job_started', 'tester'],
      ['job_ended', 'tester'],
    ])
  })

  test('that fails says what its command said last, without the folder of the data', async () => {
    const { jobs, start, data } = jobsOf(
      `console.error('warning: x'); console.error(process.env.D + '/lake/a.csv is empty\\n  Export it again.'); process.exitCode = 2`,
    )
    process.env['D'] = data
    onTestFinished(() => void delete process.env['D'])
    const { job } = await ended(jobs, start())
    expect(job).toMatchObject({ state: 'failed', exit_code: 2, result: null })
    expect(job.problem?.detail).toBe('lake/a.csv is empty\n  Export it again.')
  })

  test('that finds something wrong has failed and has a result all the same', async () => {
    const { jobs, start } = jobsOf(`console.log('{"totals": []}'); process.exitCode = 1`)
    expect((await ended(jobs, start('reconcile'))).job).toMatchObject({ state: 'failed', result: { totals: [] } })
  })

  test('prints one value a line, text, nothing, or more than is kept', async () => {
    const lines = jobsOf(`console.log('{"a":1}\\n{"a":2}')`)
    expect((await ended(lines.jobs, lines.start('collect'))).job.result).toEqual([{ a: 1 }, { a: 2 }])
    const text = jobsOf(`console.log('asked to write')`)
    expect((await ended(text.jobs, text.start())).job.result).toBe('asked to write')
    const nothing = jobsOf('')
    expect((await ended(nothing.jobs, nothing.start())).job).toMatchObject({ state: 'succeeded', result: null })
    const much = jobsOf(`for (let i = 0; i < 90; i++) process.stdout.write('x'.repeat(65536))`)
    const { job } = await ended(much.jobs, much.start())
    expect([job.state, job.result, job.problem?.detail]).toEqual([
      'failed',
      null,
      expect.stringContaining('longer than'),
    ])
  })

  test('notes much, and the last 200 lines are kept, each of 2,000 characters at most', async () => {
    const { jobs, start } = jobsOf(`for (let i = 0; i < 1000; i++) console.error(i + 'y'.repeat(3000))`)
    const { job } = await ended(jobs, start())
    expect([job.log.length, job.log[0]?.slice(0, 4), job.log.at(-1)?.length]).toEqual([200, '800y', 2000])
  })

  test('that is cancelled is asked to end; one that waits never starts', async () => {
    const { jobs, start, spawn } = jobsOf(`console.error('here'); setInterval(() => {}, 1000)`)
    const [running, waiting] = [start('build'), start('collect')]
    expect(jobs.find(waiting)?.state).toBe('queued')
    expect(jobs.cancel(waiting, 'key 1 ci')?.state).toBe('cancelled')
    jobs.cancel(running, 'key 1 ci')
    expect((await ended(jobs, running)).job).toMatchObject({ state: 'cancelled', result: null, problem: null })
    expect(jobs.cancel(running, undefined)).toBeNull()
    expect(jobs.cancel('nothing', undefined)).toBeNull()
    expect(spawn.started.length).toBe(1)
    expect(readAudit(database, waiting).map(({ actor }) => actor)).toEqual(['tester', 'key 1 ci', 'tester'])
  })

  test('whose process dies has failed, and says by which signal', async () => {
    const { jobs, start } = jobsOf(`process.kill(process.pid, 'SIGKILL')`)
    expect((await ended(jobs, start())).job).toMatchObject({
      ...{ state: 'failed', exit_code: null },
      problem: { detail: 'the process was ended by SIGKILL' },
    })
  })
})

describe('the queue', () => {
  const forever = 'setInterval(() => {}, 1000)'

  test('has one job that writes at a time, and two in all', () => {
    const { jobs, start } = jobsOf(forever)
    const states = ['build', 'collect', 'doctor', 'detect'].map((kind) => start(kind)).map((id) => jobs.find(id)?.state)
    expect(states).toEqual(['running', 'queued', 'running', 'queued'])
  })

  test('goes on with the next that fits when one has ended', async () => {
    const { jobs, start } = jobsOf('')
    const ids = ['build', 'collect', 'doctor', 'detect', 'build'].map((kind) => start(kind))
    for (const id of ids) expect((await ended(jobs, id)).job.state).toBe('succeeded')
  })

  test('takes no more than it can hold', () => {
    const { jobs, start } = jobsOf(forever)
    start('build')
    for (let count = 0; count < 20; count++) start('build')
    expect(jobs.start({ kind: 'build', options: {}, actor: undefined })).toBe('busy')
  })

  test('ends what runs when the server does, and leaves what waits to the next', async () => {
    const first = jobsOf(forever)
    const [running, waiting] = [first.start('build'), first.start('collect')]
    await first.jobs.close()
    expect(first.jobs.find(running)).toMatchObject({ state: 'failed', problem: { detail: /the server ended/ } })
    expect(first.jobs.find(waiting)?.state).toBe('queued')
    const second = jobsOf('')
    expect((await ended(second.jobs, waiting)).job.state).toBe('succeeded')
  })

  test('finds after a crash what ran then, and leaves the jobs of a server that lives', () => {
    const record = (job_id: string, owner: string, isRunning: boolean) => {
      insertJob(database, { job_id, owner, kind: 'build', options: {}, actor: 'a', created_at: now().toISOString() })
      if (isRunning) beginJob(database, job_id, now().toISOString())
    }
    record('crashed', `${process.pid}/before`, true)
    record('gone', '999999999/x', true)
    record('other', `${process.ppid}/alive`, true)
    record('theirs', `${process.ppid}/alive`, false)
    const { jobs } = jobsOf(forever)
    const why = { detail: 'the server ended while the job was running', hint: 'Start it again.' }
    expect(jobs.find('crashed')).toMatchObject({ state: 'failed', problem: why, exit_code: null })
    expect(jobs.find('gone')).toMatchObject({ state: 'failed', problem: why })
    expect([jobs.find('other')?.state, jobs.find('theirs')?.state]).toEqual(['running', 'queued'])
    expect(jobs.feed('crashed')?.read(57)).toMatchObject({ events: [{ id: 58, event: 'done' }], isOver: true })
    expect(jobs.feed('other')?.read(0)).toEqual({ events: [], through: 0, isOver: false })
  })

  test('forgets all but the newest 200, and pages from newest to oldest', async () => {
    for (let count = 0; count < 230; count++) {
      const job_id = `old${count}`
      insertJob(database, { job_id, owner: '999999999/x', kind: 'build', options: {}, actor: 'a', created_at: 'x' })
      beginJob(database, job_id, 'x')
    }
    const { jobs, start } = jobsOf('')
    const id = start()
    const seen: string[] = []
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
      const page = jobs.list({ state: null, before, limit: 70 })
      seen.push(...page.jobs.map(({ job_id }) => job_id))
      before = page.next
    }
    expect([seen.length, seen[0], seen[1], seen.at(-1)]).toEqual([200, id, 'old229', 'old31'])
    await ended(jobs, id)
    expect(jobs.list({ state: 'succeeded', before: Number.MAX_SAFE_INTEGER, limit: 5 }).jobs.length).toBe(1)
  })
})
