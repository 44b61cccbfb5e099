import type { FakeRequest, Handler, Reply } from '../fault-server.ts'

interface Record_ {
  readonly sys_id: string
  readonly number: string
  readonly correlation_id: string
  readonly short_description: string
  state: string
  close_code?: string
  readonly notes: string[]
  /** Names of attached files. */
  readonly files: string[]
}

/** ServiceNow's Table API on `incident`, with work notes in `sys_journal_field`. */
export function createFakeServicenow(credentials: string) {
  const records: Record_[] = []
  const answer = (status: number, result: unknown): Reply => ({ status, body: JSON.stringify({ result }) })
  const handler: Handler = (request) => {
    if (request.headers.authorization !== `Basic ${Buffer.from(credentials).toString('base64')}`)
      return { status: 401, body: JSON.stringify({ error: { message: 'User Not Authenticated' }, status: 'failure' }) }
    if (request.path === '/api/now/attachment/file') return attach(request)
    const path = request.path.replace('/api/now/table/', '')
    const query = request.query.get('sysparm_query') ?? ''
    if (request.method === 'GET') return answer(200, path === 'incident' ? byCorrelation(query) : journal(query))
    const body = JSON.parse(request.body.toString())
    if (request.method === 'POST') {
      const number = `INC${String(records.length + 1).padStart(7, '0')}`
      const record = { ...body, sys_id: `sys${records.length + 1}`, number, state: '1', notes: [], files: [] }
      records.push(record)
      return answer(201, record)
    }
    const record = records.find(({ sys_id }) => `incident/${sys_id}` === path)
    if (!record)
      return { status: 404, body: JSON.stringify({ error: { message: 'No Record found' }, status: 'failure' }) }
    const { work_notes, ...fields } = body
    if (fields.state === '6' && !fields.close_code)
      return {
        status: 403,
        body: JSON.stringify({ error: { message: 'Data Policy Exception: close_code is mandatory' } }),
      }
    record.notes.push(work_notes)
    Object.assign(record, fields)
    return answer(200, record)
  }
  function attach({ query, headers, body }: FakeRequest): Reply {
    const record = records.find(({ sys_id }) => sys_id === query.get('table_sys_id'))
    if (!record || headers['content-type'] !== 'image/png' || body.toString('latin1', 1, 4) !== 'PNG')
      return { status: 400, body: JSON.stringify({ error: { message: 'Invalid attachment' }, status: 'failure' }) }
    record.files.push(String(query.get('file_name')))
    return answer(201, { file_name: query.get('file_name') })
  }
  function byCorrelation(query: string) {
    const id = /correlation_id=([^^]+)/.exec(query)?.[1]
    return records
      .filter(({ correlation_id }) => correlation_id === id)
      .map(({ sys_id, number }) => ({ sys_id, number }))
  }
  function journal(query: string) {
    const [, sysId, text = ''] = /element_id=([^^]+)\^element=work_notes\^valueLIKE(.+)$/.exec(query) ?? []
    const record = records.find(({ sys_id }) => sys_id === sysId)
    return (record?.notes ?? []).filter((note) => note.includes(text)).map((_, index) => ({ sys_id: `note${index}` }))
  }
  return { handler, records }
}
