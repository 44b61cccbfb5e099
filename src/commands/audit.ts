import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AuditLog } from '../api/audit.ts'
import { type Command, numberOption, textOption } from './command.ts'
import { checkFolder } from './output.ts'
import { formatTable } from './table.ts'

const newest = 50

/** `costwright audit`: who did what, and whether the log is whole. Exit code 1 when it is not. */
export const auditCommand: Command = {
  options: { verify: { type: 'boolean' }, out: { type: 'string' }, last: { type: 'string' } },
  help: [
    `Lists the newest entries. Each carries the SHA-256 of the chain before it and of itself, so that a change shows.`,
    '',
    '--verify          judges the chain of the whole log; exit code 1 and the first wrong entry where it is broken',
    '--out FILE        writes every entry as NDJSON, for whoever keeps evidence; implies --verify',
    `--last N          entries listed; default: ${newest}`,
  ],
  async run(args, io) {
    const out = textOption(args, 'out')
    checkFolder(out)
    const count = numberOption(args, 'last', (n) => Number.isInteger(n) && n > 0, 'a whole number above 0') ?? newest
    const alerts = await io.runtime().alerts()
    try {
      if (out !== undefined) await writeAll(alerts.audit, out)
      if (out === undefined && !args.values['verify']) {
        const entries = alerts.newestAudit(count)
        const rows = entries.map((entry) => ({ ...entry, detail: JSON.stringify(entry.detail) }))
        const columns = ['sequence', 'at', 'actor', 'action', 'subject', 'detail'].map((name) => ({
          ...{ name, type: name === 'sequence' ? 'BIGINT' : 'VARCHAR' },
        }))
        io.out(
          args.values['json']
            ? entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
            : formatTable({ columns, rows }, io.columns),
        )
        return 0
      }
      const check = await alerts.audit.check()
      const { entries, unchained, broken_at, last } = check
      const older = unchained > 0 ? ` (${unchained} are older than chains, and not proved)` : ''
      if (args.values['json']) io.out(`${JSON.stringify(check)}\n`)
      else if (broken_at === null)
        io.out(`${entries} entries${older}, the chain is whole${last ? `; it ends in ${last}` : ''}\n`)
      else io.out(`the chain is broken at entry ${broken_at}; the ${entries} before it are whole\n`)
      return broken_at === null ? 0 : 1
    } finally {
      alerts.close()
    }
  },
}

async function writeAll(log: AuditLog, out: string): Promise<void> {
  const draft = `${out}.${process.pid}.tmp`
  try {
    await pipeline(Readable.from(lines(log)), createWriteStream(draft))
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
}

function* lines(log: AuditLog): Generator<string> {
  let sequence = 0
  for (;;) {
    const rows = log.after(sequence, 1000)
    const last = rows.at(-1)
    if (!last) return
    sequence = last.sequence
    yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  }
}
