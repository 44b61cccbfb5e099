import type { CreateCollector } from '../collector.ts'
import { createMetricFiles } from './metric-files.ts'
import { createMetricQuery } from './metric-query.ts'
import { createPrometheus } from './prometheus.ts'

/** Business metrics for unit cost, in long form (src/formats/business-metrics.ts): from files, from Prometheus, or by a select. */
export const createBusinessMetrics: CreateCollector<'business_metrics'> = (
  { name, files, prometheus, sql },
  context,
) => {
  if (files) return createMetricFiles(files, context)
  return prometheus ? createPrometheus({ name, ...prometheus }, context) : createMetricQuery(sql ?? '', context)
}
