import { createHash } from 'node:crypto'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import {
  type AccessList,
  answerKey,
  audienceId,
  type Manifest,
  type PublishedAnswer,
  type PublishedDocument,
  publishedFormat,
} from '../../src/edge/published.ts'

/** A publication by hand: one question, answered with one row that says whose and of which state it is. */
export function smallPublication() {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>()
  const put = (key: string, value: unknown) => objects.set(key, new TextEncoder().encode(JSON.stringify(value)))
  const object = (value: unknown) => {
    const text = JSON.stringify(value)
    const key = `objects/${createHash('sha256').update(text).digest('hex')}.json`
    put(key, value)
    return { key, bytes: text.length }
  }
  return {
    objects,
    async publish(teams: readonly string[] | null, state: string): Promise<Manifest> {
      const answer: PublishedAnswer = {
        columns: [{ name: 'owner', type: 'VARCHAR' }],
        rows: [{ owner: `${teams?.join() ?? 'all'} ${state}` }],
      }
      const manifest: Manifest = {
        ...{
          format: publishedFormat,
          state,
          revision: '',
          published_at: '2026-11-21T00:00:00Z',
          title: 'Costs',
          teams,
        },
        document: object({ ...document, run: { state } }),
        answers: { [answerKey({ name: 'cost_by_vendor' }, { start_date: null, end_date: null })]: object(answer) },
        marts: {},
      }
      put(`audiences/${await audienceId(teams)}/manifest.json`, manifest)
      return manifest
    },
    allow(list: Partial<AccessList>): void {
      const none = { format: publishedFormat, published_at: '2026-11-21T00:00:00Z', keys: [], oidc: null, open: false }
      put('access.json', { ...none, ...list })
    },
  }
}

/** A key as the access list has it, and its token. */
export function accessKey(name: string, teams: readonly string[] | null = null, expires_at: string | null = null) {
  const secret = name.padEnd(43, 'x')
  const key_id = createHash('sha256').update(name).digest('hex').slice(0, 12)
  const digest = createHash('sha256').update(secret).digest('hex')
  return { token: `cw_${key_id}_${secret}`, key: { key_id, name, digest, role: 'analyst' as const, teams, expires_at } }
}

const none = { columns: [], rows: [] }
const document: Omit<PublishedDocument, 'run'> = {
  catalog: [...loadCatalog().values()].filter(({ name }) => name === 'cost_by_vendor' || name === 'months'),
  lake: {
    ...{ sources: [], versions: none, deliveries: none, metrics: [], targets: [], version_count: 1 },
    ...{ newest_landed_at: null, complete_through: null, first_charge: null, last_charge: null },
  },
  ...{ collections: [], forecasts: [], incidents: [] },
  usefulness: { told: 0, judged: 0, actionable: 0, share: null },
}
