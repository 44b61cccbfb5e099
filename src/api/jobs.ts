import { Hono } from 'hono'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { checkedOptions, kindNamed } from '../jobs/arguments.ts'
import { type Job, jobStates } from '../state/jobs.ts'
import { limitOf } from './ask.ts'
import { jsonBody } from './body.ts'
import { actorOf, requireRole, wholeDesk } from './desk-access.ts'
import { eventStream, lastEventId } from './event-stream.ts'
import { type ApiEnv, type ApiRequest, type Problem, refuse } from './http.ts'
import type { JobDesk } from './job-desk.ts'
import type { Listeners } from './listeners.ts'
import { queryParams } from './query-params.ts'

const order = z.strictObject({ kind: z.string().max(60), options: z.record(z.string(), z.unknown()).default({}) })
const example = '{"kind": "collect", "options": {"sources": ["aws-main"]}}'
const fresh = { 'cache-control': 'no-store' } as const

/** `/jobs`: long work as a command in a process of its own; `/jobs/{id}`, `/jobs/{id}/events`. */
export function jobRoutes(desk: JobDesk | undefined, listeners: Listeners): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const deskFor = (c: ApiRequest) => wholeDesk(c, desk, 'jobs')
  app.get('/jobs', (c) => {
    const jobs = deskFor(c)
    const { state: asked, cursor, limit } = queryParams(c, 'jobs', ['state', 'cursor', 'limit'])
    const state = jobStates.find((one) => one === asked) ?? null
    if (asked && state === null)
      throw new UserError(`state: "${asked.slice(0, 40)}" is not one of: ${jobStates.join(', ')}`)
    const { jobs: rows, next } = jobs.list({ state, before: cursorOf(cursor), limit: limitOf(limit) })
    return c.json({ jobs: rows, meta: { next_cursor: next === null ? null : String(next) } }, 200, fresh)
  })
  app.post('/jobs', async (c) => {
    const jobs = deskFor(c)
    const { kind: name, options } = await jsonBody(c.req.raw, order, example)
    return accepted(c, startJob(c, jobs, name, options))
  })
  app.get('/jobs/:id', (c) => c.json(jobIn(deskFor(c), c.req.param('id')), 200, fresh))
  app.delete('/jobs/:id', (c) => {
    const jobs = deskFor(c)
    const { job_id, kind, state } = jobIn(jobs, c.req.param('id'))
    requireRole(c, kindNamed(kind).role)
    const cancelled = jobs.cancel(job_id, actorOf(c))
    if (!cancelled) return refuse({ status: 409, code: 'job-ended', detail: `the job ended already: ${state}` })
    return c.json(cancelled, 202, fresh)
  })
  app.get('/jobs/:id/events', (c) => {
    const id = c.req.param('id')
    queryParams(c, 'events', ['after'])
    const feed = deskFor(c).feed(id) ?? unknownJob(id)
    return eventStream(c, { feed, after: lastEventId(c, 0), listeners })
  })
  return app
}

/** A job put in line for the sender of a request; 403 for one he may not start, 429 when too many wait. */
export function startJob(c: ApiRequest, desk: JobDesk, name: string, given: Readonly<Record<string, unknown>>): Job {
  const kind = kindNamed(name)
  requireRole(c, kind.role)
  const job = desk.start({ kind: kind.kind, options: checkedOptions(kind, given), actor: actorOf(c) })
  return typeof job === 'string' ? refuse(problems[job]) : job
}

const problems = {
  busy: {
    ...{ status: 429, code: 'busy', detail: 'too many jobs wait already', retry_after: 60 },
    hint: 'Try again when some have ended.',
  },
  'no-file': {
    ...{ status: 404, code: 'unknown-file', detail: 'an upload that the job names is not there' },
    hint: 'PUT /api/v1/imports/{import}/files/{name} uploads a file; a set that nobody touches for a day is removed.',
  },
} as const satisfies Readonly<Record<string, Problem>>

/** 202 with where the job is found. */
export function accepted(c: ApiRequest, job: Job): Response {
  return c.json(job, 202, { ...fresh, location: `/api/v1/jobs/${job.job_id}` })
}

function jobIn(desk: JobDesk, id: string): Job {
  return desk.find(id) ?? unknownJob(id)
}

function unknownJob(id: string): never {
  return refuse({ status: 404, code: 'unknown-job', detail: `there is no job ${id.slice(0, 100)}` })
}

function cursorOf(text: string | undefined): number {
  if (text === undefined || text === '') return Number.MAX_SAFE_INTEGER
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UserError('cursor cannot be read', { hint: 'Pass meta.next_cursor of the page before, unchanged.' })
}
