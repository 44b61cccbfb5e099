import type { Command } from './command.ts'

/** A command as the help lists it; its code is loaded when it runs, so that one command does not wait for the others'. */
interface CommandEntry {
  readonly name: string
  readonly usage: string
  readonly summary: string
  load(): Promise<Command>
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    usage: 'demo [--serve] [--port N] [--seed N] [--scale X] [--data DIR]',
    summary: 'import the sample estate of three clouds, analyse it, print the summary',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'import',
    usage: 'import <path…> [--source NAME]',
    summary: 'take export files or folders, recognise the format, land and normalise them',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'collect',
    usage: 'collect [SOURCE…] [--period YYYY-MM…] [--dry-run]',
    summary: 'pull what is new from the configured clouds',
    load: async () => (await import('./collect.ts')).collectCommand,
  },
  {
    name: 'backfill',
    usage: 'backfill SOURCE EXPORT --period YYYY-MM…',
    summary: 'ask the cloud to write past months of an export once more',
    load: async () => (await import('./backfill.ts')).backfillCommand,
  },
  {
    name: 'sources',
    usage: 'sources',
    summary: 'how fresh each configured source is',
    load: async () => (await import('./sources.ts')).sourcesCommand,
  },
  {
    name: 'build',
    usage: 'build',
    summary: 'bring the warehouse up to date with the lake',
    load: async () => (await import('./lake.ts')).buildCommand,
  },
  {
    name: 'check',
    usage: 'check [NAME…] [--as-of T]',
    summary: 'run the invariants of queries/checks',
    load: async () => (await import('./lake.ts')).checkCommand,
  },
  {
    name: 'reconcile',
    usage: 'reconcile [--invoices] [--as-of T]',
    summary: 'compare delivered with stored totals, per source, billing period and invoice',
    load: async () => (await import('./lake.ts')).reconcileCommand,
  },
  {
    name: 'query',
    usage: 'query NAME [-p k=v…] [--format F] [--out FILE] [--as-of T]',
    summary: 'run one query of the catalogue',
    load: async () => (await import('./query.ts')).queryCommand,
  },
  {
    name: 'queries',
    usage: 'queries [NAME]',
    summary: 'list the queries, or describe one',
    load: async () => (await import('./query.ts')).queriesCommand,
  },
  {
    name: 'sql',
    usage: 'sql "select …" [--format F] [--out FILE] [--as-of T]',
    summary: 'run ad-hoc read-only SQL on the marts and on `charges`',
    load: async () => (await import('./query.ts')).sqlCommand,
  },
  {
    name: 'recommend',
    usage: 'recommend [--format F] [--min N] [--rule ID…] [--rules]',
    summary: 'what the bill proves could be saved, ranked, no money counted twice',
    load: async () => (await import('./recommend.ts')).recommendCommand,
  },
  {
    name: 'savings',
    usage: 'savings [list|accept|start|done|dismiss|verify] [ID]',
    summary: 'decide on recommendations, and measure on the bill what they saved',
    load: async () => (await import('./savings.ts')).savingsCommand,
  },
  {
    name: 'export',
    usage: 'export focus --out FILE [--period M] [--source S] [--as-of T]',
    summary: 'write the normalised table as Parquet or CSV, FOCUS names and types',
    load: async () => (await import('./lake.ts')).exportCommand,
  },
  {
    name: 'detect',
    usage: 'detect [--deliver] [--since DAY] | --series FILE --out FILE …',
    summary: 'find cost anomalies on the lake and tell their owners, or in a series file',
    load: async () => (await import('./detect.ts')).detectCommand,
  },
  {
    name: 'alerts',
    usage: 'alerts list|show|ack|expect|mute|resolve|plan|apply|deliver [ID]',
    summary: 'incidents: list them, decide on them, send what is owed to the channels',
    load: async () => (await import('./alerts.ts')).alertsCommand,
  },
  {
    name: 'forecast',
    usage: 'forecast [--origin DATE] [--currency C] [--backtest] [--series FILE --out FILE]',
    summary: 'forecast month end and quarter of every scope, with intervals and budgets',
    load: async () => (await import('./forecast.ts')).forecastCommand,
  },
  {
    name: 'commit',
    usage: 'commit suggest|size|offers|expiry|ladder …',
    summary: 'what commitment to buy: suggestions on the lake; size, term, payment, expiry, ladder on files',
    load: async () => (await import('./commit.ts')).commitCommand,
  },
  {
    name: 'report',
    usage: 'report executive|commitments|optimisation|tags|team --out FILE',
    summary: 'write a printable report: PDF, HTML, Markdown or CSV',
    load: async () => (await import('./report.ts')).reportCommand,
  },
  {
    name: 'serve',
    usage: 'serve [--port N] [--host ADDRESS]',
    summary: 'serve the API and the dashboard',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  {
    name: 'publish',
    usage: 'publish [--access] [--dry-run]',
    summary: 'write what the edge serves to a bucket or a folder',
    load: async () => (await import('./publish.ts')).publishCommand,
  },
  {
    name: 'mcp',
    usage: 'mcp [--read-only]',
    summary: 'answer agents over the Model Context Protocol, on standard input and output',
    load: async () => (await import('./mcp.ts')).mcpCommand,
  },
  {
    name: 'keys',
    usage: 'keys [add NAME [--role R] [--team T…] [--expires DAY] | revoke ID]',
    summary: 'API keys: who may ask, as what, about which teams',
    load: async () => (await import('./keys.ts')).keysCommand,
  },
  {
    name: 'audit',
    usage: 'audit [--verify] [--out FILE.ndjson] [--last N]',
    summary: 'who did what: decisions, keys, statements, refusals; whether the log is whole',
    load: async () => (await import('./audit.ts')).auditCommand,
  },
  {
    name: 'doctor',
    usage: 'doctor [SOURCE…]',
    summary: 'check configuration, access to the sources, freshness and room',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
]
