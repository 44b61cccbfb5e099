import { join } from 'node:path'

/** Where everything lives below the data directory. Paths in records are relative to it, with forward slashes. */
export function layout(data: string) {
  return {
    data,
    lock: join(data, 'lake', '.lock'),
    deliveries: join(data, 'lake', 'deliveries'),
    scratch: join(data, 'lake', 'tmp'),
    raw: (source: string, delivery: string) => join('lake', 'raw', source, delivery),
    version: (source: string, period: string, version: number) =>
      join('lake', 'focus', `source=${source}`, `billing_period=${period}`, `version=${version}`),
    table: (name: string, delivery: string) => join('lake', 'tables', name, delivery),
    rollup: (policy: string, source: string, period: string, version: number) =>
      join('lake', 'rollups', policy, `source=${source}`, `billing_period=${period}`, `version=${version}`),
    forecasts: join(data, 'lake', 'forecasts'),
    warehouse: join(data, 'warehouse'),
    detection: join(data, 'detection'),
    uploads: join(data, 'uploads'),
    state: join(data, 'state', 'costwright.sqlite'),
    resolve: (relative: string) => join(data, relative),
  }
}

export type Layout = ReturnType<typeof layout>

/** `text` as a safe name for a source or folder: lower-case letters, digits and dashes. */
export function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, 60) || 'unnamed'
}
