import { loadCatalog } from '../catalog/catalog.ts'
import {
  openPublishStore,
  type PublishRun,
  publishAccessOnly,
  publishConfigOf,
  publishEstate,
  type RunOptions,
} from '../publish/run.ts'
import type { Command, CommandIo } from './command.ts'
import { formatTable } from './table.ts'

/** `costwright publish`: writes what the edge serves to a bucket or a folder. */
export const publishCommand: Command = {
  options: { access: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  help: [
    'For every set of teams among the API keys and the groups of the identity provider: the stored marts as Parquet, the answers of the',
    'catalogue and the pages as JSON, and a manifest that readers follow once all of it is there. What is there is not sent again.',
    '',
    '--access          only who may read: takes a key that was revoked from the edge, in seconds',
    '--dry-run         compute and compare, write nothing',
  ],
  async run(args, io) {
    const runtime = io.runtime()
    const config = publishConfigOf(runtime)
    const store = await openPublishStore(config, io.note)
    const dryRun = args.values['dry-run'] === true
    const options: RunOptions = { runtime, store, config, dryRun, catalog: loadCatalog() }
    try {
      const run: PublishRun =
        args.values['access'] === true
          ? { audiences: [], access: await publishAccessOnly(options), swept: 0 }
          : await publishEstate(options)
      const target = config.bucket === undefined ? String(config.folder) : `s3://${config.bucket}`
      const place = config.prefix === undefined ? target : `${target}/${config.prefix}`
      if (args.values['json']) io.out(`${JSON.stringify({ target: place, dry_run: dryRun, ...run })}\n`)
      else tell(run, place, dryRun, io)
      return 0
    } finally {
      store.close()
    }
  },
}

const columns = [
  ...['audience', 'teams', 'state'].map((name) => ({ name, type: 'VARCHAR' })),
  ...['answers', 'objects', 'bytes', 'sent', 'bytes_sent'].map((name) => ({ name, type: 'BIGINT' })),
]

function tell({ audiences, access, swept }: PublishRun, place: string, dryRun: boolean, io: CommandIo): void {
  const rows = audiences.map((one) => ({ ...one, teams: one.teams === null ? 'all' : one.teams.join(', ') }))
  if (rows.length > 0) io.out(formatTable({ columns, rows }, io.columns))
  const isChanged = access.changed || access.removed.length > 0 || audiences.some(({ changed }) => changed)
  const lines = [
    ...(isChanged ? [] : [`nothing changed: ${place} is up to date`]),
    ...(access.changed ? [`who may read was written: ${access.keys} ${access.keys === 1 ? 'key' : 'keys'}`] : []),
    ...access.removed.map((audience) => `nobody belongs to the audience ${audience} any more; it is gone`),
    ...(swept > 0 ? [`${swept} objects that nothing named any more were removed`] : []),
    ...(isChanged ? [dryRun ? `dry run: nothing was written to ${place}` : `published to ${place}`] : []),
  ]
  io.out(`${lines.join('\n')}\n`)
}
