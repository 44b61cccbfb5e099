import { tableFromIPC } from 'apache-arrow'
import { thousandths } from './estate.ts'

/** What one answer said of the data: a state, and the total of its figures; null where an answer has none. */
export interface Said {
  readonly state: string
  readonly total: bigint | null
}

export interface Question {
  readonly name: string
  ask(call: Call): Promise<Said | null>
}

/** Sends a request with the client's key; throws for a status that is not expected. */
export type Call = (path: string, init?: RequestInit, allowed?: readonly number[]) => Promise<Response>

interface Body {
  readonly rows: readonly Readonly<Record<string, string>>[]
  readonly meta: { readonly state: string; readonly next_cursor: string | null }
}

const sumOf = (rows: Body['rows'], column = 'billed_cost') =>
  rows.reduce((sum, row) => sum + thousandths(row[column] ?? ''), 0n)

const jsonOf = async (response: Response) => (await response.json()) as Body
let asked = 0

const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify(body),
})

/** What a reader asks: kept answers and new ones, pages of a list, files, pages for people. */
export const reading: readonly Question[] = [
  { name: 'cached', ask: (call) => figures(call, '/api/v1/costs?group_by=service') },
  { name: 'by month', ask: (call) => figures(call, '/api/v1/queries/cost_by_month') },
  { name: 'uncached', ask: (call) => figures(call, `/api/v1/costs?group_by=account&limit=${1000 + (asked++ % 9000)}`) },
  {
    name: 'pages of a list',
    async ask(call) {
      const path = `/api/v1/costs?group_by=service&grain=month&limit=${30 + (asked++ % 20)}`
      let { rows, meta } = await jsonOf(await call(path))
      const all = [...rows]
      while (meta.next_cursor !== null) {
        const next = await call(`${path}&cursor=${meta.next_cursor}`, {}, [200, 410])
        if (next.status === 410) return drained(next)
        const page = await jsonOf(next)
        if (page.meta.state !== meta.state) throw new Error('a cursor led to another state')
        ;({ rows, meta } = page)
        all.push(...rows)
      }
      return { state: meta.state, total: sumOf(all) }
    },
  },
  {
    name: 'csv',
    async ask(call) {
      const response = await call('/api/v1/queries/cost_by_service_day?format=csv')
      const [head = '', ...lines] = (await response.text()).trimEnd().split('\r\n')
      const column = head.split(',').indexOf('effective_cost')
      const total = lines.reduce((sum, line) => sum + thousandths(line.split(',')[column] ?? ''), 0n)
      return { state: stateOf(response), total }
    },
  },
  {
    name: 'arrow',
    async ask(call) {
      const response = await call('/api/v1/queries/cost_by_month?format=arrow')
      tableFromIPC(new Uint8Array(await response.arrayBuffer()))
      return { state: stateOf(response), total: null }
    },
  },
  {
    name: 'parquet',
    async ask(call) {
      const response = await call('/api/v1/queries/cost_by_month?format=parquet')
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
      if (!text.startsWith('PAR1') || !text.endsWith('PAR1')) throw new Error('the Parquet file is broken')
      return { state: stateOf(response), total: null }
    },
  },
  { name: 'page', ask: (call) => page(call, '/') },
  { name: 'page of a query', ask: (call) => page(call, '/queries/cost_by_month') },
  { name: 'alerts', ask: async (call) => drained(await call('/api/v1/alerts')) },
  {
    name: 'sources',
    ask: async (call) => ({ state: (await jsonOf(await call('/api/v1/sources'))).meta.state, total: null }),
  },
]

/** What an analyst asks besides: statements, advice, and as an agent. */
export const analysing: readonly Question[] = [
  { name: 'recommendations', ask: async (call) => drained(await call('/api/v1/recommendations')) },
  { name: 'savings', ask: (call) => page(call, '/savings') },
  { name: 'report', ask: async (call) => drained(await call('/api/v1/reports/executive?period=2026-02')) },
  {
    name: 'sql',
    async ask(call) {
      const statement = 'select sum(billed_cost) as billed_cost from daily'
      const response = await call('/api/v1/sql', post({ sql: statement }), [200, 503])
      if (response.status === 503) return drained(response)
      const { rows, meta } = await jsonOf(response)
      return { state: meta.state, total: sumOf(rows) }
    },
  },
  {
    name: 'agent',
    async ask(call) {
      const params = { name: 'ask', arguments: { query: 'cost_by_month' } }
      const response = await call('/mcp', post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }))
      const answer = (await response.json()) as { result?: { isError?: boolean } }
      if (!answer.result || answer.result.isError)
        throw new Error(`the agent got ${JSON.stringify(answer).slice(0, 300)}`)
      return null
    },
  },
]

async function figures(call: Call, path: string): Promise<Said> {
  const { rows, meta } = await jsonOf(await call(path))
  return { state: meta.state, total: sumOf(rows) }
}

async function page(call: Call, path: string): Promise<null> {
  const text = await (await call(path, { headers: { accept: 'text/html' } })).text()
  if (!text.trimEnd().endsWith('</html>')) throw new Error(`${path} is no whole page`)
  return null
}

async function drained(response: Response): Promise<null> {
  await response.arrayBuffer()
  return null
}

function stateOf(response: Response): string {
  const state = response.headers.get('x-data-state')
  if (!state) throw new Error('the file does not say its state')
  return state
}
