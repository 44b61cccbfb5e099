import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** A schema as far as requests are made from it. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly oneOf?: readonly Schema[]
}
export interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}
export interface Operation {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly $ref?: string
        readonly description?: string
        readonly content?: Readonly<Record<string, { schema?: Schema }>>
      }
    >
  >
}
export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** What `reference`, such as `#/components/schemas/Meta`, names; undefined for nothing. */
export function resolve(description: OpenApi, reference: string): unknown {
  return reference
    .replace('#/', '')
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], description)
}

/** Judges values by the schemas of a description. */
export function schemaJudge(description: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false })
  formats.default(ajv)
  ajv.addFormat('decimal', /^-?\d+(\.\d+)?$/)
  ajv.addFormat('int64', /^-?\d+$/)
  ajv.addSchema(description, 'api')
  const step = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))
  return {
    /** Whether it is a schema of JSON Schema 2020-12. */
    isSchema: (schema: object) => ajv.validateSchema(schema) === true,
    /** What is wrong with `value` by the schema at these steps, or null. */
    problem(steps: readonly string[], value: unknown): string | null {
      const validate = ajv.getSchema(`api#/${steps.map(step).join('/')}`)
      if (!validate) throw new Error(`no schema at ${steps.join(' ')}`)
      return validate(value) ? null : ajv.errorsText(validate.errors)
    },
  }
}
