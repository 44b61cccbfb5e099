import type { IncidentDesk } from './api/incident-desk.ts'
import type { ReportDesk } from './api/report-desk.ts'
import { ownForecast } from './audience-view.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { runQuery } from './catalog/run.ts'
import { labDocument } from './commit/lab.ts'
import { readLabData } from './commit/lab-data.ts'
import type { LabDocument } from './commit/lab-document.ts'
import type { StoredForecast } from './forecast/issued.ts'
import { readForecasts } from './forecast/issued-store.ts'
import { readLake } from './lake-state.ts'
import { funnelOf } from './recommend/funnel.ts'
import { ownedOf } from './recommend/owned.ts'
import { type Recommendations, recommend } from './recommend/recommend.ts'
import { chooseRules, loadRules } from './recommend/rules.ts'
import { makeReport } from './report/make.ts'
import { reportKinds, teamKinds } from './report/names.ts'
import type { ReportSource } from './report/source.ts'
import type { ReportThreads } from './report-threads.ts'
import type { Runtime } from './runtime.ts'
import { openLedger } from './state/ledger.ts'
import type { HeldStates } from './warehouse/held-states.ts'
import type { Warehouse } from './warehouse/warehouse.ts'

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
  const warehouse = await runtime.open(asOf)
  const { id } = await runtime.build(asOf)
  const alerts = await runtime.alerts()
  const making = { runtime, own: null, incidents: alerts.desk, labs: new Map(), lab: labDocument }
  try {
    return await withSource(making, { warehouse, state: id, as_of: asOf }, work)
  } finally {
    alerts.close()
    warehouse.close()
  }
}

interface Making {
  readonly runtime: Pick<Runtime, 'layout' | 'now'>
  /** The teams whose warehouses these are; null for everyone's. */
  readonly own: ReadonlySet<string> | null
  readonly incidents: IncidentDesk | null
  /** Answers of the purchase lab to keep between calls. */
  readonly labs: Map<string, Promise<LabDocument>>
  readonly lab: (...asked: Parameters<typeof labDocument>) => LabDocument | Promise<LabDocument>
}

interface State {
  readonly warehouse: Warehouse
  readonly state: string
  readonly as_of: string | undefined
}

const noVerdicts = { told: 0, judged: 0, actionable: 0, share: null } as const

/** Runs `work` over one state of the data; of some teams' data only with what is surely theirs. */
async function withSource<T>(
  { runtime, own, incidents, labs, lab }: Making,
  { warehouse, state, as_of }: State,
  work: (source: ReportSource) => Promise<T>,
): Promise<T> {
  const ledger = openLedger(runtime.layout.state)
  try {
    const catalog = loadCatalog()
    const now = as_of === undefined ? runtime.now() : new Date(as_of)
    const until = now.toISOString()
    const savings = own ? await ownedOf(warehouse, ledger.list()) : ledger.list()
    const rules = chooseRules(loadRules(), [])
    let found: Promise<Recommendations> | undefined
    const asked = `${state} ${until.slice(0, 10)}`
    return await work({
      lake: await readLake(warehouse),
      data_version: state,
      as_of: as_of ?? null,
      now,
      teams: own ? [...own].sort() : null,
      rows: async (name, params) => (await runQuery(warehouse, catalog, name, params)).rows,
      forecasts: forecastsBy(runtime, state, until).map((one) => (own ? ownForecast(one, own) : one)),
      incidents: (incidents?.list() ?? []).filter(({ opened_on }) => opened_on <= until.slice(0, 10)),
      usefulness: incidents?.usefulness() ?? noVerdicts,
      savings,
      funnel: async () => (await funnelOf(warehouse, savings)).rows,
      purchases: async () =>
        own ? null : once(labs, asked, async () => lab(await readLabData(warehouse, now), { now })),
      recommendations: () =>
        (found ??= recommend(warehouse, { rules, now, decisions: ledger.decisions(), owned: own !== null })),
    })
  } finally {
    ledger.close()
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
function forecastsBy({ layout }: Pick<Runtime, 'layout'>, dataVersion: string, until: string): StoredForecast[] {
  const issued = readForecasts(layout).filter(({ issued_at }) => issued_at <= until)
  const ofThese = issued.filter(({ data_version }) => data_version === dataVersion)
  return [...new Map([...issued, ...ofThese].map((forecast) => [forecast.currency, forecast])).values()]
}

export type MakeReportDesk = (
  own: ReadonlySet<string> | null,
  incidents: IncidentDesk | null,
) => (states: HeldStates) => ReportDesk

/**
 * Makes the desks that make reports for the API, for everyone (`own` null) or for some teams; all of them together one report after the
 * other: the rules take the whole engine.
 */
export function reportDesks(runtime: Pick<Runtime, 'layout' | 'now'>, threads: ReportThreads): MakeReportDesk {
  const labs = new Map<string, Promise<LabDocument>>()
  let last: Promise<unknown> = Promise.resolve()
  return (own, incidents) => (states) => ({
    kinds: own ? teamKinds : reportKinds,
    make({ state, as_of, format, ...ask }) {
      const next = last.then(async () => {
        const warehouse = await states.connect(state)
        try {
          const making = { runtime, own, incidents, labs, lab: threads.lab }
          return await withSource(making, { warehouse, state, as_of }, async (source) => {
            const document = await makeReport(source, ask)
            return { document, body: format === 'json' ? null : await threads.render(document, format) }
          })
        } finally {
          warehouse.close()
        }
      })
      last = next.catch(() => undefined)
      return next
    },
  })
}
