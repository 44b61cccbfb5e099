import type { protos } from '@google-cloud/billing'
import { UserError } from '../../errors.ts'
import { type BillingApi, type BillingConfig, moneyText } from './billing-clients.ts'

type Sku = protos.google.cloud.billing.v1.ISku

interface Service {
  /** `services/6F81-5844-456A` */
  readonly name: string
  readonly title: string
}

export async function listServices(api: BillingApi): Promise<Service[]> {
  const services: Service[] = []
  const pages = api.pages('list services', { pageSize: 5000 }, (request, options) =>
    api.catalogue.listServices(request, options),
  )
  for await (const { name, displayName } of pages) services.push({ name: name ?? '', title: displayName ?? '' })
  return services
}

const purchaseOptions: Readonly<Record<string, string>> = {
  OnDemand: 'On-Demand',
  Preemptible: 'Spot',
  Commit1Yr: 'Commitment 1 year',
  Commit3Yr: 'Commitment 3 years',
}

/**
 * Public list prices as rows of `list_prices`: one for each SKU, region and tier; a price is for one `unit`, in the configured
 * currency. Throws UserError for a configured service that Google does not have.
 */
export async function* readPrices(api: BillingApi, config: BillingConfig, observed_at: string) {
  const { currency } = config
  for (const service of chosenServices(config, await listServices(api))) {
    const request = { parent: service.name, currencyCode: currency, pageSize: 5000 }
    const skus = api.pages(`list prices of ${service.title}`, request, (asked, options) =>
      api.catalogue.listSkus(asked, options),
    )
    for await (const sku of skus) {
      const shared = { provider: 'Google Cloud', service: service.title, currency, ...factsOf(sku), observed_at }
      for (const region of sku.serviceRegions?.length ? sku.serviceRegions : ['global']) {
        for (const { startUsageAmount, unitPrice } of sku.pricingInfo?.at(-1)?.pricingExpression?.tieredRates ?? [])
          yield { ...shared, region, tier_start: String(startUsageAmount ?? 0), unit_price: moneyText(unitPrice) }
      }
    }
  }
}

function factsOf({ skuId, description, category, pricingInfo }: Sku) {
  const { effectiveTime, pricingExpression } = pricingInfo?.at(-1) ?? {}
  const usage = category?.usageType ?? ''
  return {
    sku_id: skuId ?? '',
    sku_name: description ?? '',
    unit: pricingExpression?.usageUnit ?? '',
    purchase_option: purchaseOptions[usage] ?? usage,
    effective_at: effectiveTime?.seconds ? new Date(Number(effectiveTime.seconds) * 1000).toISOString() : null,
    detail: {
      resource_family: category?.resourceFamily,
      resource_group: category?.resourceGroup,
      unit_description: pricingExpression?.usageUnitDescription,
      base_unit: pricingExpression?.baseUnit,
      base_units_per_unit: pricingExpression?.baseUnitConversionFactor,
    },
  }
}

function chosenServices({ name, services }: BillingConfig, all: readonly Service[]): Service[] {
  if (services === undefined) return [...all]
  return services.map((wanted) => {
    const found = all.find(
      ({ title, name: id }) => title.toLowerCase() === wanted.toLowerCase() || id === `services/${wanted}`,
    )
    if (found) return found
    throw new UserError(`${name}: Google has no service ${wanted}`, {
      hint: 'Write the name as bills have it, e.g. Compute Engine, or its id.',
    })
  })
}
