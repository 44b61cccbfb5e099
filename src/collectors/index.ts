import type { SourceConfig } from '../config-sources.ts'
import type { Collector, CollectorContext, CreateCollector } from './collector.ts'

/** A kind of source; its code and its SDK are loaded when one is configured and asked for. */
type Registry = { readonly [Kind in SourceConfig['type']]?: () => Promise<CreateCollector<Kind>> }

const registry: Registry = {
  azure_export: async () => (await import('./azure/exports.ts')).createAzureExport,
  focus_files: async () => (await import('./focus/files.ts')).createFocusFiles,
  business_metrics: async () => (await import('./usage/business-metrics.ts')).createBusinessMetrics,
  opencost: async () => (await import('./usage/opencost.ts')).createOpenCost,
  aws_export: async () => (await import('./aws/exports.ts')).createAwsExport,
  aws_cost_explorer: async () => (await import('./aws/cost-explorer.ts')).createCostExplorer,
  aws_organizations: async () => (await import('./aws/organizations.ts')).createOrganizations,
  azure_cost_management: async () => (await import('./azure/cost-management.ts')).createCostManagement,
  gcp_export: async () => (await import('./gcp/exports.ts')).createGcpExport,
  gcp_billing: async () => (await import('./gcp/billing.ts')).createGcpBilling,
}

/** The collector of a configured source. Throws UserError for settings that cannot work. */
export async function createCollector(config: SourceConfig, context: CollectorContext): Promise<Collector> {
  const create = (await registry[config.type]?.()) as (config: SourceConfig, context: CollectorContext) => Collector
  return create(config, context)
}
