type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const nullableInstant = { type: ['string', 'null'], format: 'date-time' }
const role = { type: 'string', enum: ['viewer', 'analyst', 'admin'] }
const shown = {
  ...{ key_id: text, name: text, role, teams: { type: ['array', 'null'], items: text, description: 'Null for all' } },
  ...{ created_at: { type: 'string', format: 'date-time' }, created_by: text },
  ...{ expires_at: nullableInstant, revoked_at: nullableInstant },
  status: { type: 'string', enum: ['works', 'expired', 'revoked'] },
}
const object = (properties: Json) => ({ type: 'object', required: Object.keys(properties), properties })
const json = (schema: Json) => ({ 'application/json': { schema } })
const problem = { default: { $ref: '#/components/responses/problem' } }
const about = 'Role admin, not limited to teams. A server that asks nobody hands out no keys.'

/** Paths of API keys in the OpenAPI description. */
export const keyPaths: Readonly<Record<string, Json>> = {
  '/api/v1/keys': {
    get: {
      ...{ operationId: 'listKeys', summary: 'API keys, newest first; secrets are not kept', tags: ['keys'] },
      description: 'Role admin, not limited to teams.',
      responses: {
        200: { description: 'Keys', content: json(object({ keys: { type: 'array', items: object(shown) } })) },
        ...problem,
      },
    },
    post: {
      ...{ operationId: 'createKey', summary: 'Make an API key; its token is told once', tags: ['keys'] },
      description: about,
      requestBody: {
        required: true,
        content: json({
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: {
            name: { ...text, minLength: 1, maxLength: 100 },
            role: { ...role, default: 'viewer' },
            teams: { type: 'array', minItems: 1, items: text, description: 'Default all', examples: [['payments']] },
            expires: {
              ...text,
              description: 'First day without effect, or never; default in a year',
              examples: ['never'],
            },
          },
        }),
      },
      responses: {
        201: { description: 'The key with its token', content: json(object({ ...shown, token: text })) },
        ...problem,
      },
    },
  },
  '/api/v1/keys/{key}': {
    delete: {
      ...{ operationId: 'revokeKey', summary: 'End an API key at once', tags: ['keys'], description: about },
      parameters: [{ name: 'key', in: 'path', required: true, description: 'key_id', schema: text }],
      responses: { 200: { description: 'The key', content: json(object(shown)) }, ...problem },
    },
  },
}
