import { UserError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { CommandIo } from './command.ts'
import { detectOnLake } from './detect-lake.ts'
import { issueForecasts } from './forecast-lake.ts'

/**
 * What follows new data: the warehouse, incidents, and a forecast of every currency. What was done from these data stays as it is. Data
 * that cannot be forecast yet are noted: what was collected is collected.
 */
export async function analyse(runtime: Runtime, io: Pick<CommandIo, 'note'>): Promise<void> {
  await runtime.build()
  const alerts = await runtime.alerts()
  try {
    const { changes, told } = await detectOnLake(runtime, alerts)
    io.note(`${changes} changes of incidents, ${told} messages owed`)
  } finally {
    alerts.close()
  }
  try {
    const ask = { origin: undefined, currency: undefined, events: [] }
    const issued = await issueForecasts(runtime, ask, { again: false })
    io.note(`forecasts: ${issued.map(({ currency, month }) => `${currency} ${month.start.slice(0, 7)}`).join(', ')}`)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    io.note(`no forecast: ${error.message}`)
  }
}
