import { awsCostExplorer } from './aws-cost-explorer.ts'
import { awsCur } from './aws-cur.ts'
import { azureCost } from './azure-cost.ts'
import { budgets } from './budgets.ts'
import { businessMetrics } from './business-metrics.ts'
import { collectedFormats } from './collected-tables.ts'
import { focus } from './focus.ts'
import type { FileHead, Format, Recognition } from './format.ts'
import { gcpBilling } from './gcp-billing.ts'

/** Every import format, most specific first: the first that recognises a file takes it. */
export const formats: readonly Format[] = [
  ...collectedFormats,
  focus,
  awsCur,
  awsCostExplorer,
  gcpBilling,
  azureCost,
  budgets,
  businessMetrics,
]

/** The format that takes this file, or null. */
export function recognise(head: FileHead): { format: Format; recognition: Recognition } | null {
  for (const format of formats) {
    const recognition = format.recognise(head)
    if (recognition) return { format, recognition }
  }
  return null
}
