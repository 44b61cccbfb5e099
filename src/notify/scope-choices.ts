import { type Scope, scopeKeys } from '../state/silences.ts'

/** What a decision may cover, narrowest first: the series itself, then wider scopes that hold it. */
const widths: readonly { readonly value: string; readonly label: string; readonly keys: readonly (keyof Scope)[] }[] = [
  { value: 'series', label: 'this series only', keys: scopeKeys },
  { value: 'service', label: 'this service in this account, any team', keys: ['provider', 'account', 'service'] },
  { value: 'account', label: 'the whole account', keys: ['provider', 'account'] },
  { value: 'team', label: 'everything of this team', keys: ['team'] },
]

/** The choices that differ for a series, with the scope that each means. */
export function scopeChoices(series: Scope): readonly { value: string; label: string; scope: Scope }[] {
  const seen = new Set<string>()
  return widths.flatMap(({ value, label, keys }) => {
    if (value !== 'series' && keys.some((key) => series[key] === undefined || series[key] === '')) return []
    const scope = Object.fromEntries(keys.flatMap((key) => (series[key] === undefined ? [] : [[key, series[key]]])))
    const text = JSON.stringify(scope)
    if (seen.has(text)) return []
    seen.add(text)
    return [{ value, label, scope: scope as Scope }]
  })
}
