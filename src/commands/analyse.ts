import type { Runtime } from '../runtime.ts'
import type { CommandIo } from './command.ts'
import { detectOnLake } from './detect-lake.ts'
import { issueForecasts } from './forecast-lake.ts'

/** What follows new data: the warehouse, incidents, and a forecast of every currency. What was done from these data stays as it is. */
export async function analyse(runtime: Runtime, io: CommandIo): Promise<void> {
  await runtime.build()
  const alerts = await runtime.alerts()
  try {
    const { changes, told } = await detectOnLake(runtime, alerts)
    const issued = await issueForecasts(
      runtime,
      { origin: undefined, currency: undefined, events: [] },
      { again: false },
    )
    const forecasts = issued.map(({ currency, month }) => `${currency} ${month.start.slice(0, 7)}`).join(', ')
    io.note(`${changes} changes of incidents, ${told} messages owed; forecasts: ${forecasts || 'none'}`)
  } finally {
    alerts.close()
  }
}
