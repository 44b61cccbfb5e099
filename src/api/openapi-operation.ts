type Json = Readonly<Record<string, unknown>>

const plain = (description: string) => ({ description, content: { 'text/plain': { schema: { type: 'string' } } } })

function textPath(operationId: string, summary: string, more: Json = {}): Json {
  const { description, responses, ...rest } = { description: summary, responses: {}, ...more }
  return {
    get: {
      ...{ operationId, summary, description, tags: ['operation'], ...rest },
      responses: {
        200: plain(summary),
        default: { $ref: '#/components/responses/problem' },
        ...(responses as Json),
      },
    },
  }
}

/** Paths for those who run the server in the OpenAPI description. */
export const operationPaths: Readonly<Record<string, Json>> = {
  '/livez': textPath('isAlive', 'The process answers', { security: [{}] }),
  '/readyz': textPath('isReady', 'There are data, and the server does not end', {
    security: [{}],
    responses: { 503: plain('Before the first data, and while the server ends') },
  }),
  '/metrics': textPath('readMetrics', 'Measurements for Prometheus', {
    description:
      'Text format 0.0.4, or OpenMetrics for those who accept it. Only for keys of all teams; anyone where server.metrics is open.',
    responses: {
      200: {
        description: 'Requests, queries, cache, downloads, data, incidents, messages and the process',
        content: {
          'text/plain': { schema: { type: 'string' } },
          'application/openmetrics-text': { schema: { type: 'string' } },
        },
      },
    },
  }),
}
