import { UserError } from '../errors.ts'
import type { Http } from './http.ts'

/** What a channel is made with, beside its own configuration. */
export interface ChannelContext {
  readonly http: Http
  readonly timeoutMs: number
  readonly env: (name: string) => string | undefined
  readonly now: () => Date
}

/** A secret from the environment. Throws UserError that names the variable, never its value. */
export function secretOf({ env }: Pick<ChannelContext, 'env'>, variable: string, channel: string): string {
  const value = env(variable)?.trim()
  if (value) return value
  throw new UserError(`channel ${channel}: the environment variable ${variable} is not set`, {
    hint: `Set ${variable} where costwright runs.`,
  })
}
