import { rateLimitDefaults } from '../config-auth.ts'
import { UserError } from '../errors.ts'

/** Variables of the Worker, all text and all optional; `wrangler.toml` and docs/edge.md say what each does. */
export interface EdgeVars {
  readonly PREFIX?: string
  readonly ORIGIN_URL?: string
  readonly ORIGIN_TIMEOUT_SECONDS?: string
  readonly SERVER_URL?: string
  readonly REFRESH_SECONDS?: string
  readonly RATE_PER_MINUTE?: string
  readonly RATE_BURST?: string
}

export interface EdgeSettings {
  /** Before every key: empty or ending in a slash. */
  readonly prefix: string
  /** Scheme and host of the full server that requests are sent on to. */
  readonly originUrl: string | null
  readonly originTimeoutMs: number
  /** Where people find the full server. */
  readonly serverUrl: string | null
  readonly refreshSeconds: number
  readonly rate: { readonly per_minute: number; readonly burst: number }
}

/** Throws UserError that names every variable that is wrong. */
export function readSettings(vars: EdgeVars): EdgeSettings {
  const problems: string[] = []
  const whole = (name: keyof EdgeVars, fallback: number, [least, most]: readonly [number, number]) => {
    const text = vars[name] || String(fallback)
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) problems.push(`${name}: "${text}" is not from ${least} to ${most}`)
    return value
  }
  const address = (name: keyof EdgeVars) => {
    const text = vars[name]
    if (!text) return null
    if (/^https:\/\/[^\s/?#@]+\/?$/.test(text) && URL.canParse(text)) return new URL(text).origin
    problems.push(`${name}: "${text}" is no https address without a path, such as https://costs.example.com`)
    return null
  }
  const prefix = (vars.PREFIX ?? '').replace(/^\/+|\/+$/g, '')
  const originUrl = address('ORIGIN_URL')
  const settings = {
    prefix: prefix === '' ? '' : `${prefix}/`,
    originUrl,
    originTimeoutMs: whole('ORIGIN_TIMEOUT_SECONDS', 60, [1, 300]) * 1000,
    serverUrl: address('SERVER_URL') ?? originUrl,
    refreshSeconds: whole('REFRESH_SECONDS', 30, [0, 86_400]),
    rate: {
      per_minute: whole('RATE_PER_MINUTE', rateLimitDefaults.per_minute, [1, 1_000_000]),
      burst: whole('RATE_BURST', rateLimitDefaults.burst, [1, 100_000]),
    },
  }
  if (problems.length > 0)
    throw new UserError(problems.join('; '), { hint: 'Set them under [vars] in wrangler.toml and deploy again.' })
  return settings
}
