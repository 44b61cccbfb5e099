import { z } from 'zod'
import type { NamedKey } from '../objects/listed-files.ts'
import type { ObjectEntry } from '../objects/object-store.ts'

/** What the manifest of one run of an Azure cost export says (specs/exports.md section 3.2). */
export interface ExportRun {
  readonly manifest: ObjectEntry
  readonly export_name: string
  /** Resource id, lower case, without slashes at its ends: ids differ by case only by accident. */
  readonly scope: string
  /** Kind of dataset: ActualCost, AmortizedCost, FocusCost, … */
  readonly type: string
  /** `YYYY-MM`; null when the run is of several months. */
  readonly month: string | null
  /** The month, or first and last day. */
  readonly span: string
  readonly run_id: string
  /** ISO instant. */
  readonly submitted: string
  /** A run of no rows: nothing was charged yet, or the export saw nothing. */
  readonly empty: boolean
  /** The next run writes over this one's files. */
  readonly overwrites: boolean
  readonly blobs: readonly NamedKey[]
}

const instant = z.string().refine((value) => !Number.isNaN(Date.parse(value)))
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])

const manifestSchema = z.object({
  blobCount: count.nullish(),
  dataRowCount: count.nullish(),
  exportConfig: z.object({ exportName: z.string(), resourceId: z.string(), type: z.string() }),
  deliveryConfig: z.object({ dataOverwriteBehavior: z.string().nullish() }).nullish(),
  runInfo: z.object({ runId: z.string(), submittedTime: instant, startDate: instant, endDate: instant }),
  blobs: z.array(z.object({ blobName: z.string(), byteCount: count.nullish() })),
})

const exportPath = /\/providers\/microsoft\.costmanagement\/exports\/.*$/i

/** Reads a run's manifest. A text that is none, half written or otherwise, gives the reason instead. */
export function readExportRun(manifest: ObjectEntry, text: string): ExportRun | { readonly broken: string } {
  const parsed = manifestSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.')
    return { broken: `${manifest.key} is a half-written manifest${where ? ` (${where})` : ''}` }
  }
  const { exportConfig, deliveryConfig, runInfo, blobs, blobCount, dataRowCount } = parsed.data
  if (blobCount != null && blobCount !== blobs.length)
    return { broken: `${manifest.key} says ${blobCount} files and lists ${blobs.length}` }
  return {
    manifest,
    export_name: exportConfig.exportName,
    scope: exportConfig.resourceId
      .replace(exportPath, '')
      .replace(/^\/+|\/+$/g, '')
      .toLowerCase(),
    type: exportConfig.type,
    ...monthOf(runInfo.startDate, runInfo.endDate),
    run_id: runInfo.runId,
    submitted: new Date(runInfo.submittedTime).toISOString(),
    empty: blobs.length === 0 || dataRowCount === 0,
    overwrites: deliveryConfig?.dataOverwriteBehavior !== 'CreateNewReport',
    blobs: blobs.map(({ blobName, byteCount }) => ({ key: blobName.replace(/^\/+/, ''), size: byteCount ?? null })),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The end is the last day, or the first instant after it. */
function monthOf(start: string, end: string): Pick<ExportRun, 'month' | 'span'> {
  const month = start.slice(0, 7)
  const firstOfNext = /-01T00:00:00/.test(end) && end.slice(0, 7) > month
  const last = new Date(Date.parse(`${end.slice(0, 10)}T00:00:00Z`) - (firstOfNext ? 86_400_000 : 0)).toISOString()
  if (last.slice(0, 7) === month) return { month, span: month }
  return { month: null, span: `${start.slice(0, 10)}--${last.slice(0, 10)}` }
}

/** Sorts newest submission first. */
export function newestRunFirst(a: ExportRun, b: ExportRun): number {
  const order = (run: ExportRun) => `${run.submitted} ${run.manifest.modified}`
  return order(a) < order(b) ? 1 : -1
}
