import type { CollectorContext } from '../collector.ts'
import { type Arm, type CostManagementConfig, createArm } from './arm.ts'
import { listAt, textAt } from './cost-management-json.ts'
import { addMonths } from './cost-management-months.ts'

/** An export of costs that Azure writes to a storage account. */
export interface FoundExport {
  readonly name: string
  /** `FocusCost`, `ActualCost`, `AmortizedCost`, … */
  readonly type: string
  /** `Daily`, `Monthly`, …; null when it only runs on demand. */
  readonly recurrence: string | null
  readonly isActive: boolean
  readonly storageAccount: string | null
  readonly container: string | null
  readonly folder: string | null
  /** State and time of the last run; null when it never ran. */
  readonly lastRun: { readonly status: string; readonly submitted: string } | null
}

/** The SDK stands at 2022-10-01, before FOCUS exports; and its createOrUpdate drops what it does not know (specs/exports.md section 1, 7). */
const apiVersion = '2025-03-01'
const pathOf = ({ scope }: Arm) => `/${scope.path}/providers/Microsoft.CostManagement/exports`

/** Exports of the scope, with their last run. */
export async function listExports(arm: Arm): Promise<FoundExport[]> {
  const target = `${pathOf(arm)}?api-version=${apiVersion}&$expand=runHistory`
  const { body } = await arm.send('exports', { method: 'GET', target })
  return listAt(body, 'value').map((one) => {
    const text = (...path: string[]) => textAt(one, 'properties', ...path)
    const [run] = listAt(one, 'properties', 'runHistory', 'value')
    const destination = ['deliveryInfo', 'destination']
    return {
      name: textAt(one, 'name') ?? '?',
      type: text('definition', 'type') ?? '?',
      recurrence: text('schedule', 'recurrence'),
      isActive: text('schedule', 'status') === 'Active',
      storageAccount:
        text(...destination, 'resourceId')
          ?.split('/')
          .at(-1) ?? text(...destination, 'storageAccount'),
      container: text(...destination, 'container'),
      folder: text(...destination, 'rootFolderPath'),
      lastRun: run
        ? {
            status: textAt(run, 'properties', 'status') ?? '?',
            submitted: textAt(run, 'properties', 'submittedTime') ?? '?',
          }
        : null,
    }
  })
}

/**
 * Makes an export write a past month once more (back-fill): it runs with that month as its time period, and the files come to
 * its container as of any run, where a source of type `azure_export` finds them. Asking twice is harmless: the newest run counts.
 * Needs `Microsoft.CostManagement/exports/run/action` (role Cost Management Contributor).
 *
 * @param exportName name of the export at the source's scope
 * @param month `YYYY-MM`
 * @throws UserError when there is no such export, UpstreamError when Azure refuses
 *
 * `triggerExport(config, context, 'daily-focus', '2026-01')` asks for 2026-01-01 to 2026-01-31
 */
export async function triggerExport(
  config: CostManagementConfig,
  context: CollectorContext,
  exportName: string,
  month: string,
): Promise<void> {
  const arm = createArm(config, context)
  const last = new Date(Date.parse(`${addMonths(month, 1)}-01`) - 1000)
  await arm.send(`run export ${exportName} for ${month}`, {
    method: 'POST',
    target: `${pathOf(arm)}/${encodeURIComponent(exportName)}/run?api-version=${apiVersion}`,
    body: { timePeriod: { from: `${month}-01T00:00:00Z`, to: last.toISOString().replace('.000Z', 'Z') } },
  })
}
