import { UpstreamError, UserError } from '../../errors.ts'
import { failureOf } from '../failure.ts'
import type { ExportConfig } from './exports-bigquery.ts'
import type { DatasetId } from './exports-tables.ts'

/** What is missing, and who gives it how. */
export interface Lack {
  readonly problem: string
  readonly remedy: string
}

/** What an error of BigQuery says is missing; null when it is about something else. */
export function lackOf(error: unknown, { project }: ExportConfig, id: DatasetId): Lack | null {
  const cause = error instanceof UpstreamError ? error.cause : error
  const { kind, message } = failureOf(cause)
  const dataset = `${id.project}.${id.dataset}`
  if (kind === 'expired') {
    return {
      problem: 'no valid Application Default Credentials',
      remedy:
        'gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS naming a key or a workload identity file',
    }
  }
  if (/has not been used in project|is disabled|SERVICE_DISABLED/i.test(message)) {
    return {
      problem: `the BigQuery API is off in ${project}`,
      remedy: `gcloud services enable bigquery.googleapis.com --project ${project}`,
    }
  }
  if (kind === 'gone') {
    return {
      problem: `${dataset} does not exist, or it is in another project`,
      remedy:
        'Write the dataset as `project.dataset` when it is not in `project`; Google creates it when the export is switched on.',
    }
  }
  if (kind !== 'denied') return null
  if (/bigquery\.jobs\.create/.test(message)) {
    return {
      problem: `bigquery.jobs.create on project ${project}`,
      remedy: `roles/bigquery.jobUser on project ${project}`,
    }
  }
  const permission = /bigquery\.\w+\.\w+/.exec(message)?.[0] ?? 'bigquery.tables.getData'
  return { problem: `${permission} on dataset ${dataset}`, remedy: `roles/bigquery.dataViewer on dataset ${dataset}` }
}

/** Turns a denied or missing dataset into a UserError that says what to give. */
export async function withAccessHelp<Result>(
  config: ExportConfig,
  id: DatasetId,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const lack = error instanceof UserError ? null : lackOf(error, config, id)
    if (lack === null) throw error
    throw new UserError(`${config.name}: ${lack.problem}`, { hint: lack.remedy, cause: error })
  }
}
