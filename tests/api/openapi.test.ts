import { describe, expect, it } from 'vitest'
import { openApi } from '../../src/api/openapi.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'

interface Described {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
interface Operation {
  readonly operationId: string
  readonly parameters?: readonly {
    readonly $ref?: string
    readonly name?: string
    readonly in?: string
    readonly schema?: object
  }[]
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly $ref?: string }>>
}

const description = JSON.parse(JSON.stringify(openApi(loadCatalog()))) as Described
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => ({ path, operation })),
)

describe('the OpenAPI description', () => {
  it('is 3.1 with title and version', () => {
    expect(description.openapi).toMatch(/^3\.1\.\d$/)
    expect(description.info).toMatchObject({ title: 'costwright', version: expect.any(String) })
  })

  it('has a path for every query and every short name', () => {
    for (const name of loadCatalog().keys()) expect(description.paths).toHaveProperty([`/api/v1/queries/${name}`])
    for (const alias of ['costs', 'tag-coverage', 'unit-costs', 'variance', 'commitments']) {
      expect(description.paths).toHaveProperty([`/api/v1/${alias}`])
    }
  })

  it('names every operation once and describes every answer', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operation } of operations) {
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', 'default']))
      for (const response of Object.values(operation.responses))
        expect(response.$ref ?? response.description).toBeTruthy()
    }
  })

  it('gives every parameter a name, a place and a schema, each once', () => {
    for (const { operation } of operations) {
      const parameters = (operation.parameters ?? []).map(
        (one) => (one.$ref ? resolve(one.$ref) : one) as { name: string; in: string; schema: object },
      )
      expect(
        parameters.every(
          (one) => one.name && ['query', 'path', 'header'].includes(one.in) && typeof one.schema === 'object',
        ),
      ).toBe(true)
      expect(new Set(parameters.map((one) => one.name)).size).toBe(parameters.length)
    }
  })

  it('refers only to what exists', () => {
    for (const [, reference] of JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g))
      expect(resolve(reference ?? '')).toBeDefined()
  })
})

function resolve(reference: string): unknown {
  return reference
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], description)
}
