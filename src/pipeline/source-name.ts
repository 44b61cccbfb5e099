import { UserError } from '../errors.ts'
import type { Format } from '../formats/format.ts'
import type { LakeVersion, Part } from '../lake/journal.ts'
import { slug } from '../lake/layout.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { ImportContext } from './import.ts'
import type { NewPart } from './period.ts'
import { parquetOf } from './totals.ts'

/** Provider names as bills spell them, and the prefix of their sources: a bill is one source in whatever format it comes. */
const providers: Readonly<Record<string, string>> = {
  AWS: 'aws',
  'Amazon Web Services': 'aws',
  Microsoft: 'azure',
  'Microsoft Azure': 'azure',
  'Google Cloud': 'gcp',
  Google: 'gcp',
  Oracle: 'oracle',
}

/**
 * The default name of a source: provider and billing account, so that the same bill in another format (CUR, then FOCUS)
 * replaces itself instead of being counted twice. Several accounts in one delivery: the provider alone.
 */
export async function chooseSource(warehouse: Warehouse, format: Format, files: readonly string[]): Promise<string> {
  const { rows } = await warehouse.query(
    `select list(distinct "BillingAccountId") as accounts, list(distinct coalesce("x_ProviderName", "ServiceProviderName")) as providers from ${parquetOf(files)}`,
  )
  const accounts = (rows[0]?.['accounts'] as string[] | null) ?? []
  const names = (rows[0]?.['providers'] as string[] | null) ?? []
  const only = names.length === 1 ? names[0] : undefined
  const prefix = format.provider === 'focus' && only ? (providers[only] ?? slug(only)) : format.provider
  const account = accounts.length === 1 ? accounts[0] : undefined
  return account ? `${prefix}-${slug(account.split('/').at(-1) ?? account)}` : prefix
}

/**
 * Refuses to replace a month by charges of entirely other billing accounts: that is another bill and needs its own name.
 * Warns when a snapshot shrinks a month to less than half.
 */
export async function guardReplacement(
  { warehouse, layout }: ImportContext,
  previous: LakeVersion,
  outgoing: readonly Part[],
  fresh: readonly NewPart[],
): Promise<string[]> {
  const replaced = outgoing.flatMap((part) => part.files.map(layout.resolve))
  if (replaced.length === 0 || fresh.length === 0) return []
  const side = (files: readonly string[]) =>
    `(select list(distinct "BillingAccountId") as accounts, count(*) as n from ${parquetOf(files)})`
  const { rows } = await warehouse.query(
    `select len(list_intersect(o.accounts, n.accounts)) as common, len(o.accounts) as had, len(n.accounts) as has, o.n as before, n.n as after
     from ${side(replaced)} as o cross join ${side(fresh.flatMap((part) => part.files))} as n`,
  )
  const row = rows[0] ?? {}
  if (row['common'] === '0' && row['had'] !== '0' && row['has'] !== '0') {
    throw new UserError(
      `${previous.source} ${previous.period} is held for other billing accounts than this delivery's`,
      {
        hint: 'It is another bill: import it with --source NAME.',
      },
    )
  }
  return Number(row['after']) * 2 < Number(row['before'])
    ? [
        `${previous.source} ${previous.period}: this delivery has ${row['after']} rows where the last had ${row['before']}; the older version stays readable with --as-of`,
      ]
    : []
}

const twinSample = 200
const twinShare = 0.8

/**
 * Refuses files of one folder, without a manifest, that hold the same charges: two snapshots or two formats of one bill, whose
 * sum would double it. A sample of each file's charges is looked up in the others.
 */
export async function refuseTwins(warehouse: Warehouse, parts: readonly NewPart[]): Promise<void> {
  const charge = `hash("BillingAccountId", "SubAccountId", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ServiceName", "SkuPriceId",
    "ResourceId", "ChargeDescription", coalesce("x_SourceCost", "x_SourceEffectiveCost"))`
  for (const [index, part] of parts.entries()) {
    const others = parts.filter((other, n) => n !== index && other.dataset === part.dataset)
    if (others.length === 0) continue
    const { rows } = await warehouse.query(`
      with mine as (select ${charge} as h from ${parquetOf(part.files)} limit ${twinSample}),
      theirs as (select distinct ${charge} as h from ${parquetOf(others.flatMap((other) => other.files))})
      select count(*) as n, count(theirs.h) as found from mine left join theirs using (h)`)
    const { n, found } = rows[0] ?? {}
    if (Number(found) === 0 || Number(found) < twinShare * Number(n)) continue
    throw new UserError(`${part.raw} holds charges that ${others.map((other) => other.raw).join(', ')} holds too`, {
      hint: 'Two snapshots of one month must land one after the other: import them separately, oldest first, or with their manifest.',
    })
  }
}
