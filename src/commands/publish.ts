import { restricted } from '../audience-apps.ts'
import { UserError } from '../errors.ts'
import { accessList } from '../publish/access.ts'
import { audiencesOf } from '../publish/audiences.ts'
import { createFolderStore } from '../publish/folder-store.ts'
import { publish } from '../publish/publish.ts'
import { openStaging } from '../publish/staging.ts'
import { contextOf } from '../server.ts'
import { liveKeys } from '../state/api-keys.ts'
import type { Command } from './command.ts'
import { formatTable } from './table.ts'

/** `costwright publish`: what the edge serves, to a bucket or a folder. */
export const publishCommand: Command = {
  options: {},
  help: [],
  async run(args, io) {
    const runtime = io.runtime()
    const { publish: target, auth } = runtime.config
    if (!target)
      throw new UserError('it is not configured where to publish', {
        hint: 'Write `publish: { bucket: …, endpoint: … }` or `publish: { folder: … }` into costwright.yaml; see docs/edge.md.',
      })
    await runtime.build()
    const alerts = await runtime.alerts()
    const staging = openStaging(runtime.layout.resolve('lake/tmp-publish'))
    try {
      const keys = liveKeys(alerts.database, runtime.now())
      const audiences = audiencesOf(keys, auth.oidc?.groups ?? [], target)
      if (audiences.length === 0)
        throw new UserError('there is nobody to publish for', {
          hint: 'Make a key with `costwright keys add NAME`, configure auth.oidc, or set publish.open: true.',
        })
      const whole = await contextOf(runtime, alerts)
      const published = await publish({
        store: createFolderStore(target.folder ?? ''),
        staging,
        audiences,
        contextOf: (teams) =>
          teams === null ? whole : restricted(whole, teams, (own, asOf) => runtime.audience(own, asOf)),
        access: accessList(keys, auth.oidc, target.open, runtime.now()),
        now: runtime.now,
        onProgress: () => {},
      })
      if (args.values['json']) io.out(`${JSON.stringify(published)}\n`)
      else {
        const columns = [
          ...['audience', 'teams', 'state'].map((name) => ({ name, type: 'VARCHAR' })),
          ...['objects', 'sent', 'bytes'].map((name) => ({ name, type: 'BIGINT' })),
        ]
        const rows = published.map((one) => ({ ...one, teams: one.teams === null ? 'all' : one.teams.join(', ') }))
        io.out(formatTable({ columns, rows }, io.columns))
      }
      return 0
    } finally {
      staging.close()
      alerts.close()
    }
  },
}
