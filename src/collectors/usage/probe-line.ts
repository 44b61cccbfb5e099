import { UserError } from '../../errors.ts'
import type { Probe } from '../collector.ts'
import { failureOf } from '../failure.ts'

/** Runs one read-only check of `doctor`; what it throws becomes its problem and remedy. */
export async function probeLine(
  check: string,
  authorizationEnv: string | undefined,
  call: () => Promise<unknown>,
): Promise<Probe> {
  try {
    await call()
    return { check, ok: true, problem: null, remedy: null }
  } catch (error) {
    const { kind, message } = failureOf(error instanceof Error && !(error instanceof UserError) ? rootOf(error) : error)
    const refused = kind === 'denied' || kind === 'expired'
    const variable = authorizationEnv ?? 'the variable named by authorization_env'
    const remedy = refused
      ? `Set ${variable} to an Authorization header that may read; authorization_env names the variable.`
      : error instanceof UserError
        ? error.hint
        : 'Check the address, and that it can be reached from this machine.'
    return { check, ok: false, problem: message, remedy: remedy ?? null }
  }
}

/** What the retry loop gave up on. */
function rootOf(error: Error): unknown {
  return error.name === 'UpstreamError' && error.cause !== undefined ? error.cause : error
}
