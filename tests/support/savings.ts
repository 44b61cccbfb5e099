import type { Row } from './rows.ts'

/** Resource (end of its id) and monthly saving to the cent of each finding; `null` where the price is unknown. */
export function savings(findings: readonly Row[]): [string, string | null][] {
  return findings.map((row) => [
    String(row['resource_id'] ?? row['sub_account_id'] ?? row['region_id'])
      .split('/')
      .at(-1) ?? '',
    row['monthly_saving'] == null ? null : Number(row['monthly_saving']).toFixed(2),
  ])
}
