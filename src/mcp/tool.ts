import { z } from 'zod'

/** A request to the API below `/api/v1`; values that are undefined are left out. */
export interface ToolRequest {
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Posted as JSON. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that an agent may do: a question to the API, and what of the answer it is shown. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  /** Whether it changes something. */
  readonly writes: boolean
  /** The request for arguments that `input` has accepted. */
  request(given: unknown): ToolRequest
  /** The part of the API's answer that is shown; default all of it, byte for byte. */
  show?(answer: Answer, given: unknown): object
}

export type Answer = Readonly<Record<string, unknown>>

interface Definition<Input extends z.ZodObject> extends Omit<Tool, 'input' | 'writes' | 'request' | 'show'> {
  readonly input: Input
  readonly writes?: boolean
  request(given: z.output<Input>): ToolRequest
  show?(answer: Answer, given: z.output<Input>): object
}

/** A tool whose request and answer are typed by its input. */
export function tool<Input extends z.ZodObject>({ request, show, writes = false, ...rest }: Definition<Input>): Tool {
  return {
    ...rest,
    writes,
    request: (given) => request(given as z.output<Input>),
    ...(show ? { show: (answer: Answer, given: unknown) => show(answer, given as z.output<Input>) } : {}),
  }
}

export const text = (longest: number) => z.string().max(longest)
export const rows = (usual: number, most: number) =>
  z.int().min(1).max(most).default(usual).describe('Rows shown at most')
export const asOf = text(40)
  .optional()
  .describe('The state of the data at this instant, 2026-03-31 or 2026-03-31T12:00:00Z; default now')

/** The first of the rows under `key`, and how many there are. */
export const first = (answer: Answer, key: string, limit: number) => {
  const all = answer[key] as readonly unknown[]
  return { ...answer, [key]: all.slice(0, limit), [`${key}_total`]: all.length }
}
