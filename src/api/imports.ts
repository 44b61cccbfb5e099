import { Hono } from 'hono'
import { z } from 'zod'
import { jsonBody } from './body.ts'
import { wholeDesk } from './desk-access.ts'
import { type ApiEnv, type ApiRequest, type Problem, refuse } from './http.ts'
import type { JobDesk } from './job-desk.ts'
import { accepted, startJob } from './jobs.ts'
import type { UploadDesk, UploadRefusal, UploadSet } from './upload-desk.ts'

const terms = z.strictObject({ source: z.string().max(200).optional() })
const fresh = { 'cache-control': 'no-store' } as const

/** `/imports`: sets of uploaded files, `/imports/{import}/files/{name}`, and `/imports/{import}/run`, which imports one. */
export function importRoutes(uploads: UploadDesk | undefined, jobs: JobDesk | undefined): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const deskFor = (c: ApiRequest) => wholeDesk(c, uploads, 'uploads')
  app.get('/imports', (c) => {
    const desk = deskFor(c)
    return c.json({ imports: desk.list(), meta: { largest_bytes: desk.largest } }, 200, fresh)
  })
  app.post('/imports', (c) => {
    const set = deskFor(c).create() ?? refuse(problems['too-many'])
    return c.json(set, 201, { ...fresh, location: `/api/v1/imports/${set.import_id}` })
  })
  app.get('/imports/:import', (c) => c.json(setIn(deskFor(c), c.req.param('import')), 200, fresh))
  app.delete('/imports/:import', (c) => {
    const desk = deskFor(c)
    const set = setIn(desk, c.req.param('import'))
    return desk.remove(set.import_id) ? c.json(set, 200, fresh) : refuse(problems['in-use'])
  })
  app.put('/imports/:import/files/:name', async (c) => {
    const desk = deskFor(c)
    const stated = c.req.header('content-length')
    const taken = await desk.put(c.req.param('import'), {
      name: c.req.param('name'),
      body: (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>,
      length: stated === undefined ? null : Number(stated),
    })
    return typeof taken === 'string' ? refuse(problems[taken]) : c.json(taken, 201, fresh)
  })
  app.post('/imports/:import/run', async (c) => {
    const set = setIn(deskFor(c), c.req.param('import'))
    const { source } = await jsonBody(c.req.raw, terms, '{"source": "aws-main"}, or {}')
    const options = { import: set.import_id, ...(source === undefined ? {} : { source }) }
    return accepted(c, startJob(c, wholeDesk(c, jobs, 'jobs'), 'import', options))
  })
  return app
}

function setIn(desk: UploadDesk, id: string): UploadSet {
  return desk.list().find(({ import_id }) => import_id === id) ?? refuse(problems.unknown)
}

const problems: Readonly<Record<UploadRefusal, Problem>> = {
  unknown: {
    ...{ status: 404, code: 'unknown-import', detail: 'there is no such import set' },
    hint: 'POST /api/v1/imports makes one; one that nobody touches for a day is removed.',
  },
  'in-use': {
    status: 409,
    code: 'import-in-use',
    detail: 'a job has the import set',
    hint: 'Wait for it, or cancel it.',
  },
  'too-large': {
    ...{
      status: 413,
      code: 'upload-too-large',
      detail: 'the files of the import set are larger than server.max_upload',
    },
    hint: 'Import in parts, or raise server.max_upload.',
  },
  'too-many': {
    ...{ status: 409, code: 'too-many-uploads', detail: 'there are too many import sets, or files in this one' },
    hint: 'Run or delete some first.',
  },
  empty: { status: 400, code: 'empty-file', detail: 'the file is empty', hint: 'Send the file as the body.' },
  exists: {
    ...{ status: 409, code: 'file-exists', detail: 'another file of this name is in the import set' },
    hint: 'Give it another name, or delete the set and begin again.',
  },
  name: {
    status: 400,
    code: 'wrong-name',
    detail: 'nothing of the name can be a file name',
    hint: 'For example cur-1.csv.gz.',
  },
  broken: { status: 400, code: 'upload-broken', detail: 'the file did not arrive whole', hint: 'Send it again.' },
}
