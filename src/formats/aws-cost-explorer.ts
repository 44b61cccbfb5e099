import columns from './aws-cost-explorer-columns.json' with { type: 'json' }
import type { Format, InputType } from './format.ts'
import { nameKey } from './table-columns.ts'

const input = columns as Readonly<Record<string, InputType>>
const required = ['usage_date', 'payer_account_id', 'linked_account_id', 'service', 'record_type', 'unblended_cost']

/**
 * Daily costs by account, service and record type, as the collector of AWS Cost Explorer writes them: a bill without resources,
 * SKUs, prices and commitments. It is of the same source as the CUR of its payer and never stands beside or instead of it.
 *
 * Source: specs/exports.md section 2.6.
 */
export const awsCostExplorer: Format = {
  id: 'aws-cost-explorer',
  title: 'AWS Cost Explorer daily costs',
  provider: 'aws',
  query: 'focus/aws_cost_explorer.sql',
  settle: 'focus/aws_cur_settle.sql',
  delivery: 'replace',
  coarse: true,
  input,
  recognise(head) {
    const names = new Map(Object.keys(input).map((name) => [nameKey(name), name]))
    const canonical = head.columns.map((column) => names.get(nameKey(column)) ?? null)
    return required.every((name) => canonical.includes(name))
      ? { canonical, traits: { format_version: '1' }, warnings: [] }
      : null
  },
}
