import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'

/** Asks the API with GET below `/api/v1`; throws Error with its problem. */
export type Read = (path: string) => Promise<string>

/** Texts that an agent may read or begin with: how each question is computed, how fresh the data are, and two ways to go about it. */
export async function registerReading(server: McpServer, read: Read): Promise<void> {
  const { ResourceTemplate } = await import('@modelcontextprotocol/sdk/server/mcp.js')
  const list = async () => {
    const { queries } = JSON.parse(await read('queries')) as { queries: { name: string; title: string }[] }
    const resources = queries.map(({ name, title }) => ({ uri: `costwright://queries/${name}`, name, title }))
    return { resources }
  }
  server.registerResource(
    'queries',
    new ResourceTemplate('costwright://queries/{name}', { list }),
    {
      title: 'How a question is computed',
      description: 'SQL of a question, with its header: grain, parameters, columns, source',
      mimeType: 'application/sql',
    },
    async (uri, { name }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/sql',
          text: await read(`queries/${encodeURIComponent(String(name))}/sql`),
        },
      ],
    }),
  )
  server.registerResource(
    'status',
    'costwright://status',
    { title: 'State of the data', description: 'Through when they are complete', mimeType: 'application/json' },
    async (uri) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: await read('health') }] }),
  )
  registerPrompts(server)
}

function registerPrompts(server: McpServer): void {
  const said = (text: string) => ({ messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] })
  server.registerPrompt(
    'monthly_review',
    {
      title: 'Monthly review',
      description: 'What a month cost against plan, why, and what to do',
      argsSchema: { month: z.string().max(7).optional().describe('YYYY-MM; default the newest complete month') },
    },
    ({ month }) =>
      said(`Review the cloud costs of ${month ?? 'the newest complete month'}, for each currency on its own.
1. Read the report executive (of one team: team), and sources for what is late or does not tie.
2. Ask spend_variance by team and variance_bridge for the reasons of the largest differences; name effects and amounts.
3. Ask commitment_utilization and commitment_expiry; name what is not used and what ends within 90 days.
4. From recommendations name the five that save most, with finding_id, evidence class and confidence.
Give every figure with its currency, basis and through when it is complete. Say what is unknown. Decide nothing.`),
  )
  server.registerPrompt(
    'explain_anomaly',
    {
      title: 'Explain an anomaly',
      description: 'What caused an incident, and what it costs',
      argsSchema: { id: z.string().max(100).describe('incident_id, as alerts gives it') },
    },
    ({ id }) =>
      said(`Explain the cost incident ${id}.
1. Read it with alert: series, onset, excess, causes, and what was decided.
2. Ask cost_explorer by day and by the dimension of its series from two weeks before the onset; compare with the weeks before.
3. Look for the resources behind it (top_resources, charges_of_day), and whether volume or price moved (unit_cost, variance_bridge).
4. Say what is proved by rows and what is supposed, what it costs a month if it stays, and who owns it.
Give every figure with its currency, basis and through when it is complete. Decide nothing.`),
  )
}
