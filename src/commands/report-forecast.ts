import { withReportSource } from '../report-source.ts'
import type { Runtime } from '../runtime.ts'
import type { CommandIo } from './command.ts'
import { issueForecasts } from './forecast-lake.ts'

/** Issues a forecast, as `costwright forecast` does, for each currency that has none of the present data: a report shows where spend lands. */
export async function issueMissing(runtime: Runtime, io: CommandIo, currency?: string): Promise<void> {
  const missing = await withReportSource(runtime, undefined, async (source) => {
    const rows = await source.rows('forecast_origin')
    return rows
      .filter((row) => row['last_day'] !== null && String(row['first_day']) <= String(row['last_day']))
      .map((row) => String(row['billing_currency']))
      .filter((one) => currency === undefined || one === currency)
      .filter(
        (one) =>
          !source.forecasts.some(
            (forecast) => forecast.currency === one && forecast.data_version === source.data_version,
          ),
      )
  })
  for (const one of missing) {
    io.note(`forecasting ${one}: none of the present data has been issued`)
    await issueForecasts(runtime, { origin: undefined, currency: one, events: [] })
  }
}
