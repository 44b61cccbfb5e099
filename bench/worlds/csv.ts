import { closeSync, openSync, writeSync } from 'node:fs'
import { arrivals } from './late.ts'
import type { Cell, Leaf, World } from './model.ts'

export interface CsvOptions {
  readonly form: 'short' | 'long'
  /** Adds `available_on`: rows arrive in parts over the following days. */
  readonly late?: boolean
  /** Writes only days before this one. */
  readonly until?: number
}

/** Writes a world's rows, one per cell and day with cost; costs have four decimals. */
export function writeCsv(world: World, path: string, options: CsvOptions): void {
  const file = openSync(path, 'w')
  const columns =
    options.form === 'short'
      ? 'date,provider,account,service,team,cost'
      : 'date,provider,account,service,team,region,usage_type,charge_category,cost'
  let text = `${columns}${options.late ? ',available_on' : ''}\n`
  const until = Math.min(options.until ?? world.calendar.days, world.calendar.days)
  const shares = options.late ? arrivals(world) : undefined
  for (let day = 0; day < until; day++) {
    for (const leaf of world.leaves) for (const cell of cellsOf(leaf, options.form)) text += rowOf(leaf, cell, day)
    if (text.length > 1 << 20) {
      writeSync(file, text)
      text = ''
    }
  }
  writeSync(file, text)
  closeSync(file)

  function rowOf(leaf: Leaf, cell: Cell, day: number): string {
    const cost = Math.round((cell.cost[day] as number) * 1e4) / 1e4
    if (cost === 0) return ''
    const names = [leaf.provider, leaf.account, leaf.service, leaf.team]
    if (options.form === 'long') names.push(cell.region, cell.usage_type, cell.charge_category)
    const head = `${world.calendar.date(day)},${names.map(quote).join(',')}`
    if (!shares) return `${head},${cost.toFixed(4)}\n`
    return shares(leaf, cell, day, cost)
      .map((part) => `${head},${part.cost},${world.calendar.date(part.day)}\n`)
      .join('')
  }
}

const merged = new WeakMap<Leaf, Cell[]>()

/** The short form has one line per leaf and day. */
function cellsOf(leaf: Leaf, form: 'short' | 'long'): readonly Cell[] {
  if (form === 'long') return leaf.cells
  const known = merged.get(leaf)
  if (known) return known
  const cost = new Float64Array(leaf.cells[0]?.cost.length ?? 0)
  for (const cell of leaf.cells)
    for (let day = 0; day < cost.length; day++) cost[day] = (cost[day] as number) + (cell.cost[day] as number)
  const cells = [{ region: '', usage_type: '', charge_category: '', cost }]
  merged.set(leaf, cells)
  return cells
}

const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
