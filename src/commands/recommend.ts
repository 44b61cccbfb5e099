import { UserError } from '../errors.ts'
import { dataMeta } from '../pipeline/meta.ts'
import { recommend } from '../recommend/recommend.ts'
import { chooseRules, loadRules } from '../recommend/rules.ts'
import { openLedger } from '../state/ledger.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type Command, numberOption, textOption } from './command.ts'
import { checkOutput, isFileFormat, writeResult } from './output.ts'
import { formatTable } from './table.ts'

const shown = [
  'finding_id',
  'rule',
  'role',
  'resource_id',
  'team',
  'currency',
  'monthly_cost',
  'cash_saving_month',
  'confidence',
  'effort',
  'risk',
  'state',
]

/** `costwright recommend`: what the bill says could be saved, ranked; new findings enter the savings ledger as proposed. */
export const recommendCommand: Command = {
  options: {
    ...asOfOption,
    format: { type: 'string' },
    out: { type: 'string' },
    min: { type: 'string' },
    rule: { type: 'string', multiple: true },
    rules: { type: 'boolean' },
  },
  help: [
    '--min N         least saving a month of a finding, in its currency; default: 5 for all findings of a rule together',
    '--rule ID       only this rule, also one that is off by default; repeatable',
    '--rules         list the rules instead: evidence, effort, risk, how each counts',
    '--format F      table, json, csv; default: table. json and csv hold every column, with the evidence',
    '--out FILE      instead of standard output',
    asOfHelp,
    '',
    'counted: in the total, after what ranks before it on the same resource. alternative: another move on that resource is better.',
    'advisory: a scenario or a commitment already paid, never added. unpriced: no price is known for the target.',
  ],
  async run(args, io) {
    const ids = args.values['rule']
    const rules = chooseRules(loadRules(), Array.isArray(ids) ? ids : [])
    const format = textOption(args, 'format') ?? (args.values['json'] ? 'json' : 'table')
    const out = textOption(args, 'out')
    checkOutput(format, out)
    if (isFileFormat(format))
      throw new UserError(`recommend cannot write ${format}`, { hint: 'Use table, json or csv.' })
    const min = textOption(args, 'min')
    numberOption(args, 'min', (n) => n >= 0, 'an amount such as 5 or 2.50')
    if (args.values['rules']) {
      const columns = ['id', 'title', 'evidence_class', 'effort', 'risk', 'step', 'counted', 'enabled']
      writeResult(
        { columns: columns.map((name) => ({ name, type: 'VARCHAR' })), rows: loadRules() as never },
        {},
        format,
        out,
        io,
      )
      return 0
    }
    const runtime = io.runtime()
    const asOf = asOfInstant(args, runtime)
    const now = asOf === undefined ? runtime.now() : new Date(asOf)
    const warehouse = await runtime.open(asOf)
    const ledger = openLedger(runtime.layout.state)
    try {
      const decisions = ledger.decisions()
      const { look, findings, totals } = await recommend(warehouse, { rules, now, decisions, minSaving: min })
      const complete = min === undefined && !Array.isArray(ids) ? rules.map(({ id }) => id) : []
      if (asOf === undefined) ledger.propose(findings.rows, now, complete)
      if (format !== 'table') {
        const meta = { look_back: look, totals: totals.rows, rules: rules.length, ...(await dataMeta(warehouse)) }
        writeResult(findings, meta, format, out, io)
        return 0
      }
      const columns = findings.columns.filter(({ name }) => shown.includes(name))
      columns.sort((a, b) => shown.indexOf(a.name) - shown.indexOf(b.name))
      writeResult({ columns, rows: findings.rows }, {}, format, out, io)
      if (out === undefined && look) {
        io.out(`\nSaving a month after the waterfall, from ${look.start} to ${look.end} (exclusive)\n`)
        io.out(formatTable(totals, io.columns))
      }
      return 0
    } finally {
      ledger.close()
      warehouse.close()
    }
  },
}
