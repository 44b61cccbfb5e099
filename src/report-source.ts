import type { ReportDesk } from './api/report-desk.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { runQuery } from './catalog/run.ts'
import { labResults } from './commit/lab.ts'
import type { LabDocument } from './commit/lab-document.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { readForecasts } from './forecast/issued-store.ts'
import { readLake } from './lake-state.ts'
import { funnelOf } from './recommend/funnel.ts'
import { type Recommendations, recommend } from './recommend/recommend.ts'
import { chooseRules, loadRules } from './recommend/rules.ts'
import { makeReport } from './report/make.ts'
import { renderReport } from './report/render.ts'
import type { ReportSource } from './report/source.ts'
import type { Runtime } from './runtime.ts'
import { openLedger } from './state/ledger.ts'

/**
 * Runs `work` over the lake as it is, or as it was at an ISO instant, with what people decided on alerts and savings.
 *
 * @param labs answers of the purchase lab to keep between calls
 * @throws UserError for an empty lake
 */
export async function withReportSource<T>(
  runtime: Runtime,
  asOf: string | undefined,
  work: (source: ReportSource) => Promise<T>,
  labs: Map<string, Promise<LabDocument>> = new Map(),
): Promise<T> {
  const warehouse = await runtime.open(asOf)
  const { id } = await runtime.build(asOf)
  const alerts = await runtime.alerts()
  const ledger = openLedger(runtime.layout.state)
  try {
    const catalog = loadCatalog()
    const now = asOf === undefined ? runtime.now() : new Date(asOf)
    const until = now.toISOString()
    let found: Promise<Recommendations> | undefined
    const asked = `${id} ${until.slice(0, 10)}`
    return await work({
      lake: await readLake(warehouse),
      data_version: id,
      as_of: asOf ?? null,
      now,
      rows: async (name, params) => (await runQuery(warehouse, catalog, name, params)).rows,
      forecasts: forecastsBy(runtime, id, until),
      incidents: alerts.desk.list().filter(({ opened_on }) => opened_on <= until.slice(0, 10)),
      usefulness: alerts.desk.usefulness(),
      savings: ledger.list(),
      funnel: async () => (await funnelOf(warehouse, ledger.list())).rows,
      purchases: () => once(labs, asked, () => labResults(warehouse, { now })),
      recommendations: () =>
        (found ??= recommend(warehouse, { rules: chooseRules(loadRules(), []), now, decisions: ledger.decisions() })),
    })
  } finally {
    ledger.close()
    alerts.close()
    warehouse.close()
  }
}

/** The last answer only: it follows from the data and the day, and takes seconds. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key)
  if (found) return found
  known.clear()
  const made = make()
  known.set(key, made)
  made.catch(() => known.delete(key))
  return made
}

/** Of each currency the forecast of these data, else the newest one, among those issued by an ISO instant. */
function forecastsBy({ layout }: Runtime, dataVersion: string, until: string): StoredForecast[] {
  const issued = readForecasts(layout).filter(({ issued_at }) => issued_at <= until)
  const ofThese = issued.filter(({ data_version }) => data_version === dataVersion)
  return [...new Map([...issued, ...ofThese].map((forecast) => [forecast.currency, forecast])).values()]
}

/** Makes reports for the API, one after the other: each opens its own connection, and the rules take the whole engine. */
export function reportDesk(runtime: Runtime): ReportDesk {
  const labs = new Map<string, Promise<LabDocument>>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    make({ as_of, format, ...ask }) {
      const next = last.then(() =>
        withReportSource(
          runtime,
          as_of,
          async (source) => {
            const document = await makeReport(source, ask)
            return { document, body: format === 'json' ? null : await renderReport(document, format) }
          },
          labs,
        ),
      )
      last = next.catch(() => undefined)
      return next
    },
  }
}
