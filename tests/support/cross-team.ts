import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { pdfText } from './pdf-text.ts'

/** What a key of one team must never be shown: names, accounts and resources that its team has no charge of. */
export interface Foreign {
  readonly teams: readonly string[]
  readonly accounts: readonly string[]
  readonly resources: readonly string[]
}

export async function foreignTo(own: string, warehouse: Warehouse): Promise<Foreign> {
  const namesOf = async (column: 'team' | 'sub_account_id' | 'resource_id') => {
    const { rows } = await warehouse.query(
      `select ${column} as name from resources where ${column} is not null group by all
       having not bool_or(coalesce(team = $own, false)) order by all`,
      { own },
    )
    return rows.map(({ name }) => String(name))
  }
  return {
    teams: await namesOf('team'),
    accounts: await namesOf('sub_account_id'),
    resources: await namesOf('resource_id'),
  }
}

/** The foreign names that a text shows as values of their own; what the question named may be told back. */
export function shownOf(text: string, { teams, accounts, resources }: Foreign, asked: string): string[] {
  const told = decodeURIComponent(asked)
  const ids = [...accounts, ...resources].filter((name) => text.includes(name) && !told.includes(name))
  const named = teams
    .filter((team) => !told.includes(team))
    .flatMap((team) =>
      [...text.matchAll(new RegExp(`(?:^|(?<!=)[">,|]) ?${team} ?(?:["<,|]|\\r?$)`, 'gm'))].map(
        ({ index }) => `${team}: ${text.slice(Math.max(0, index - 60), index + 60)}`,
      ),
    )
  return [...ids, ...named]
}

/** The text that a reader of the answer sees, with the headers that say something of the data. */
export async function seenIn(response: Response, parquet: (file: Buffer) => Promise<string>): Promise<string> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  const head = ['content-disposition', 'etag', 'x-meta', 'location'].map((name) => response.headers.get(name)).join(' ')
  if (type.startsWith('application/pdf')) return `${head}\n${pdfText(bytes)}`
  if (type.includes('parquet')) return `${head}\n${await parquet(bytes)}`
  return `${head}\n${bytes.toString('utf8')}`
}
