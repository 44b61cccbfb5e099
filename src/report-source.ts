import type { ReportDesk } from './api/report-desk.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { runQuery } from './catalog/run.ts'
import { labResults } from './commit/lab.ts'
import type { LabDocument } from './commit/lab-document.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { newestForecasts, readForecasts } from './forecast/issued-store.ts'
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
 * @throws UserError for an empty lake
 */
export async function withReportSource<T>(
  runtime: Runtime,
  asOf: string | undefined,
  work: (source: ReportSource) => Promise<T>,
): Promise<T> {
  const { id } = await runtime.build(asOf)
  const warehouse = await runtime.open(asOf)
  const alerts = await runtime.alerts()
  const ledger = openLedger(runtime.layout.state)
  try {
    const catalog = loadCatalog()
    const now = asOf === undefined ? runtime.now() : new Date(asOf)
    const until = now.toISOString()
    let found: Promise<Recommendations> | undefined
    let bought: Promise<LabDocument> | undefined
    return await work({
      lake: await readLake(warehouse),
      data_version: id,
      as_of: asOf ?? null,
      now,
      rows: async (name, params) => (await runQuery(warehouse, catalog, name, params)).rows,
      forecasts: asOf === undefined ? newestForecasts(runtime.layout)() : forecastsBy(runtime, until),
      incidents: alerts.desk.list().filter(({ opened_on }) => opened_on <= until.slice(0, 10)),
      usefulness: alerts.desk.usefulness(),
      savings: ledger.list(),
      funnel: async () => (await funnelOf(warehouse, ledger.list())).rows,
      purchases: () => (bought ??= labResults(warehouse, { now })),
      recommendations: () =>
        (found ??= recommend(warehouse, { rules: chooseRules(loadRules(), []), now, decisions: ledger.decisions() })),
    })
  } finally {
    ledger.close()
    alerts.close()
    warehouse.close()
  }
}

/** The newest forecast of each currency among those that were issued by an ISO instant. */
function forecastsBy({ layout }: Runtime, until: string): StoredForecast[] {
  const issued = readForecasts(layout).filter(({ issued_at }) => issued_at <= until)
  return [...new Map(issued.map((forecast) => [forecast.currency, forecast])).values()]
}

/** Makes reports for the API, one after the other: each opens its own connection, and the rules take the whole engine. */
export function reportDesk(runtime: Runtime): ReportDesk {
  let last: Promise<unknown> = Promise.resolve()
  return {
    make({ as_of, format, ...ask }) {
      const next = last.then(() =>
        withReportSource(runtime, as_of, async (source) => {
          const document = await makeReport(source, ask)
          return { document, body: format === 'json' ? null : await renderReport(document, format) }
        }),
      )
      last = next.catch(() => undefined)
      return next
    },
  }
}
