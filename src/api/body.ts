import type { z } from 'zod'
import { UserError } from '../errors.ts'
import { refuse } from './http.ts'
import { smallBody } from './write-guard.ts'

/**
 * The JSON body of a request as `schema` has it.
 *
 * @param example a right body, for the hint
 * @throws UserError (400) naming every wrong key; 413 for a body that is too long
 */
export async function jsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  example: string,
): Promise<z.output<Schema>> {
  const text = await smallBody(request)
  if (text === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the body is too long' })
  const hint = `For example ${example}.`
  const parsed = schema.safeParse(jsonOf(text, hint))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`)
  throw new UserError(problems.join('; '), { hint })
}

function jsonOf(text: string, hint: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError('the body is no JSON', { hint, cause })
  }
}
