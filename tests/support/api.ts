import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AppOptions, createApp } from '../../src/api/app.ts'
import type { AuditLog } from '../../src/api/audit.ts'
import type { IncidentDesk } from '../../src/api/incident-desk.ts'
import type { ReportDesk } from '../../src/api/report-desk.ts'
import { type ApiContextOptions, createApiContext } from '../../src/api-context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import type { StoredForecast } from '../../src/forecast/issued.ts'
import type { WarehouseFile } from '../../src/open-state.ts'
import { openReadOnly } from '../../src/warehouse/duckdb-stream.ts'
import { openSandbox } from '../../src/warehouse/sandbox.ts'
import { estateOf, type Row } from './rows.ts'

export const lakeTables = `
  create or replace table lake_versions (
    source varchar, format varchar, billing_period varchar, version integer, landed_at timestamp, delivery varchar, currency varchar,
    rows_in bigint, rows_out bigint, rows_derived bigint, rows_excluded bigint,
    delivered_billed decimal(38, 15), billed_cost decimal(38, 15), delivered_effective decimal(38, 15), effective_cost decimal(38, 15),
    unknown_effective bigint, first_charge timestamp, complete_through timestamp);
  insert into lake_versions values
    ('cloud', 'focus', '2026-09', 1, '2026-10-02 03:00:00', 'd1', 'USD', 10, 11, 1, 0, 100.10, 100.10, null, 90, 0, '2026-09-01', '2026-10-01'),
    ('cloud', 'focus', '2026-10', 2, '2026-11-02 03:00:00', 'd2', 'USD', 10, 10, 0, 0, 50.01, 50.00, null, 50, 0, '2026-10-01', '2026-11-01'),
    ('saas', 'focus', '2026-09', 1, '2026-10-03 03:00:00', 'd3', 'EUR', 2, 2, 0, 0, null, 7, null, 7, 0, '2026-09-01', '2026-09-30');
  create or replace table deliveries (
    id varchar, source varchar, format varchar, landed_at timestamp, upstream varchar, files integer, bytes bigint, warnings varchar[]);
  insert into deliveries values ('d1', 'cloud', 'focus', '2026-10-02 03:00:00', null, 1, 1000, ['a note']);`

/** Writes an estate of these charges as a warehouse file, as the server would open it. */
export async function warehouseFile(rows: readonly Row[], id = 'state1', setup = ''): Promise<WarehouseFile> {
  const path = join(mkdtempSync(join(tmpdir(), 'costwright-api-')), `${id}.duckdb`)
  const { warehouse } = await estateOf(rows, { setup: `${lakeTables}${setup}` })
  await warehouse.exec(`attach '${path}' as file; copy from database memory to file; detach file`)
  warehouse.close()
  return { id, path }
}

/** JSON of any answer; tests assert the parts they read. */
export interface Body {
  readonly columns: readonly Row[]
  readonly rows: readonly Row[]
  readonly meta: Readonly<Record<string, unknown>> & { readonly next_cursor: string | null; readonly params: Row }
  readonly sources: readonly Row[]
  readonly deliveries: readonly Row[]
}

/** The real app over a warehouse file that the test can exchange. */
export async function apiOver(
  file: WarehouseFile | null,
  options: {
    past?: WarehouseFile
    forecasts?: readonly StoredForecast[]
    incidents?: IncidentDesk
    incidentFeed?: ApiContextOptions['incidentFeed']
    audit?: AuditLog
    desks?: AppOptions['desks']
    reports?: ReportDesk
  } = {},
) {
  let current = file
  const failures: unknown[] = []
  const context = await createApiContext({
    catalog: loadCatalog(),
    title: 'Cloud costs',
    now: () => new Date('2026-11-03T00:00:00Z'),
    current: () => current,
    build: async () => {
      if (!options.past) throw new Error('the test has no past')
      return options.past
    },
    open: (path) => openReadOnly(path),
    openSandbox: (path) => openSandbox({ path, lake: dirname(path), memoryLimit: '200MB', threads: 1 }),
    forecasts: () => options.forecasts ?? [],
    ...(options.incidents ? { incidents: options.incidents } : {}),
    ...(options.incidentFeed ? { incidentFeed: options.incidentFeed } : {}),
    ...(options.reports ? { reports: () => options.reports as ReportDesk } : {}),
  })
  const app = await createApp(context, {
    onFailure: (_, error) => failures.push(error),
    ...(options.audit ? { audit: options.audit } : {}),
    ...(options.desks ? { desks: options.desks } : {}),
  })
  const get = async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
  return {
    context,
    failures,
    get,
    json: async (path: string) => (await (await get(path)).json()) as Body,
    request: app.request,
    fetch: app.fetch,
    async swap(next: WarehouseFile) {
      current = next
      await context.refresh()
    },
  }
}
