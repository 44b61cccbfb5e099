import { Readable } from 'node:stream'
import { UpstreamError, UserError } from '../../errors.ts'
import type { CollectorContext, ObjectFile } from '../collector.ts'
import { askedWait } from '../failure.ts'
import type { Answer, Arm } from './arm.ts'
import { openBlobs, type Report } from './cost-management-blobs.ts'
import { at, type Json, listAt, textAt } from './cost-management-json.ts'
import type { Month } from './cost-management-months.ts'
import type { Scope } from './cost-management-scope.ts'

const datasets = [
  { metric: 'ActualCost', folder: 'actual-cost' },
  { metric: 'AmortizedCost', folder: 'amortized-cost' },
] as const

const apiVersion = '2022-10-01'
const defaultPollMs = 30_000
const longestPollMs = 5 * 60_000
/** A report of the largest size takes well under this. */
const longestMs = 3 * 3_600_000
/** Links are not used in their last minutes: a download takes a while. */
const marginMs = 5 * 60_000
/** Links last hours when Azure does not say how long. */
const unstatedMs = 30 * 60_000

/** Why a scope has no cost details to ask for; null when it has. */
export function detailsProblem({ path }: Scope): string | null {
  if (!/\/(resourceGroups|managementGroups)\/|BillingBenefits/i.test(path)) return null
  return (
    `cost_details: Azure makes no report for ${path}; leave cost_details out of \`collect\`, ` +
    'or add a source with a subscription or billing account as its scope'
  )
}

/**
 * Cost details of a month, actual and amortised: each a CSV file and a manifest as exports have one, which says what the file is
 * and that a month has no data. A report is asked for when a file is opened, not before, and kept while its links are valid, so
 * that a broken download goes on where it stopped.
 */
export function detailFiles(arm: Arm, context: CollectorContext, month: Month): ObjectFile[] {
  return datasets.flatMap(({ metric, folder }) => {
    const what = `${metric} details of ${month.name}`
    let current: Promise<Report> | null = null
    const forget = () => {
      current = null
    }
    async function validReport(): Promise<Report> {
      const known = await current
      if (known && context.now().getTime() >= known.validTill) forget()
      current ??= makeReport(arm, context, what, metric, month).catch((error: unknown) => {
        forget()
        throw error
      })
      return current
    }
    let partly: Report | null = null
    const file = (name: string, open: ObjectFile['open']): ObjectFile => ({
      kind: 'object',
      name: `${folder}/${name}`,
      bytes: null,
      version: null,
      open,
    })
    return [
      file(`${folder}.csv`, async (from, signal) => {
        const report = await validReport()
        const start = report === partly ? from : 0
        partly = report
        return openBlobs(report, start, signal, { what, source: arm.source, forget })
      }),
      file('manifest.json', async () => {
        const content = Buffer.from(manifestOf(await validReport(), metric, `${folder}.csv`))
        return { body: Readable.from([content]), bytes: content.length, version: null, from: 0 }
      }),
    ]
  })
}

/** What src/lake/manifests.ts reads of Azure's own manifests. The size is that of the file unless it is put together. */
function manifestOf({ id, submitted, blobs }: Report, type: string, name: string): string {
  const [only] = blobs
  const size = blobs.length === 1 && only?.bytes != null ? { byteCount: only.bytes } : {}
  const listed = blobs.length === 0 ? [] : [{ blobName: name, ...size }]
  return JSON.stringify({
    blobCount: listed.length,
    exportConfig: { type },
    runInfo: { runId: id, submittedTime: submitted },
    blobs: listed,
  })
}

/** Asks for a report and waits for it. Throws UserError when it is too large to be one. */
async function makeReport(
  arm: Arm,
  context: CollectorContext,
  what: string,
  metric: string,
  month: Month,
): Promise<Report> {
  const submitted = context.now().toISOString()
  let answer = await arm
    .send(what, {
      method: 'POST',
      target: `/${arm.scope.path}/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=${apiVersion}`,
      body: { metric, timePeriod: { start: month.first, end: month.last } },
    })
    .catch((error: unknown) => {
      throw tooLarge(error, what) ?? error
    })
  for (let waited = 0; isRunning(answer); ) {
    const location = answer.headers.get('location') ?? answer.headers.get('azure-asyncoperation')
    if (!location) throw new UpstreamError(arm.source, `${what}: Azure does not say where the report will be`)
    const waitMs = Math.min(askedWait(answer.headers) ?? defaultPollMs, longestPollMs)
    waited += waitMs
    if (waited > longestMs)
      throw new UpstreamError(arm.source, `${what}: not ready after ${longestMs / 60_000} minutes`, { retryable: true })
    await context.retry(`${what}, being made`, (signal) => context.wait(waitMs, signal))
    const headers = answer.headers
    answer = await arm.send(what, { method: 'GET', target: location })
    // Polls may leave out the address, which stays the same.
    if (!answer.headers.has('location')) answer = { ...answer, headers: new Map([...headers, ...answer.headers]) }
  }
  return reportOf(arm, what, answer, submitted)
}

function isRunning({ status, body }: Answer): boolean {
  return status === 202 || /^(in_?progress|queued|running|accepted|notstarted)$/i.test(textAt(body, 'status') ?? '')
}

function reportOf(arm: Arm, what: string, { body, headers }: Answer, submitted: string): Report {
  const status = textAt(body, 'status') ?? ''
  if (/^(failed|cancell?ed)$/i.test(status)) {
    const { code, message } = problemOf(at(body, 'error'))
    const problem = `${what}: Azure could not make the report: ${code} ${message}`.trim()
    throw tooLargeText.test(problem) ? exportInstead(what) : new UpstreamError(arm.source, problem)
  }
  const blobs = listAt(body, 'manifest', 'blobs').map((blob) => {
    const bytes = textAt(blob, 'byteCount')
    return { link: textAt(blob, 'blobLink') ?? '', bytes: bytes === null ? null : Number(bytes) }
  })
  const stated = textAt(body, 'manifest', 'blobCount')
  if (stated !== null && Number(stated) !== blobs.length)
    throw new UpstreamError(arm.source, `${what}: the report says ${stated} files and lists ${blobs.length}`)
  const validTill = Date.parse(textAt(body, 'validTill') ?? '')
  const id = textAt(body, 'name') ?? headers.get('location')?.split(/[/?]/).at(-2) ?? submitted
  return {
    id,
    submitted,
    blobs,
    validTill: Number.isNaN(validTill) ? Date.parse(submitted) + unstatedMs : validTill - marginMs,
  }
}

function problemOf(error: Json): { code: string; message: string } {
  return { code: textAt(error, 'code') ?? '', message: textAt(error, 'message') ?? 'no reason given' }
}

const tooLargeText = /too\s?large|\bexceed(s|ed)?\b.{0,40}\b(size|limit|2 ?GB)|PayloadTooLarge/i

function tooLarge(error: unknown, what: string): UserError | null {
  if (!(error instanceof UpstreamError)) return null
  const status = (error.cause as { statusCode?: unknown } | undefined)?.statusCode
  return status === 413 || tooLargeText.test(error.message) ? exportInstead(what) : null
}

function exportInstead(what: string): UserError {
  return new UserError(`${what}: more than Azure puts into one report (about 2 GB)`, {
    hint: 'Create a daily FOCUS export to a storage account, collect it with a source of type azure_export, and leave cost_details out of `collect`.',
  })
}
