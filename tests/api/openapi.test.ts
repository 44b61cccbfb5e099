import { describe, expect, it } from 'vitest'
import { openApi } from '../../src/api/openapi.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { type OpenApi, resolve, schemaJudge } from '../support/openapi.ts'

const description = JSON.parse(JSON.stringify(openApi(loadCatalog()))) as OpenApi
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
      expect(Object.keys(operation.responses)).toContain('default')
      expect(Object.keys(operation.responses).some((status) => /^20[0-2]$/.test(status))).toBe(true)
      for (const response of Object.values(operation.responses))
        expect(response.$ref ?? response.description).toBeTruthy()
    }
  })

  it('gives every parameter a name, a place and a schema, each once', () => {
    for (const { operation } of operations) {
      const parameters = (operation.parameters ?? []).map(
        (one) => (one.$ref ? resolve(description, one.$ref) : one) as { name: string; in: string; schema: object },
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
      expect(resolve(description, reference ?? '')).toBeDefined()
  })

  it('declares exactly the parts that a path has in braces', () => {
    for (const { path, operation } of operations) {
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path')
      expect(declared.every(({ required }) => required)).toBe(true)
      expect(declared.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    }
  })

  it('says how callers are told, and what they get who may not ask', () => {
    const schemes = description.components['securitySchemes'] ?? {}
    expect(description.security.flatMap((one) => Object.keys(one))).toEqual(['bearer'])
    expect(schemes['bearer']).toMatchObject({ type: 'http', scheme: 'bearer' })
    for (const { operation } of operations)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '429']))
    for (const path of ['/api/v1/sql', '/api/v1/audit']) expect(description.paths).toHaveProperty([path])
  })

  it('holds schemas of JSON Schema 2020-12 only', () => {
    const { isSchema } = schemaJudge(description)
    const parts = operations.flatMap(({ operation }) => [
      ...(operation.parameters ?? []),
      ...[operation.requestBody, ...Object.values(operation.responses)].flatMap((one) =>
        Object.values(one?.content ?? {}),
      ),
    ])
    const schemas = [...Object.values(description.components['schemas'] ?? {}), ...parts.map(({ schema }) => schema)]
    for (const schema of schemas.filter((one) => one !== undefined)) expect(isSchema(schema as object)).toBe(true)
    expect(isSchema({ type: 'text' })).toBe(false)
  })
})
