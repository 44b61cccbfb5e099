import type { ApiContext, Snapshot } from '../api/context.ts'
import type { Principal } from '../api/principal.ts'
import { type ApiContextOptions, createApiContext } from '../api-context.ts'
import { audienceId, type Manifest, publishedFormat, type Reference } from '../edge/published.ts'
import { documentOf, type GatherOptions, gather } from './gather.ts'
import { inTurn } from './in-turn.ts'
import { isSame, manifestKey, type PublishedState, referencesOf } from './published-state.ts'
import type { StagedObject } from './staging.ts'
import type { PublishStore } from './store.ts'

export interface PublishOptions extends GatherOptions {
  readonly store: PublishStore
  /** What lay there before. */
  readonly before: PublishedState
  /** What an application for these teams is made over. */
  readonly contextOf: (teams: Principal['teams']) => ApiContextOptions
  /** Digest of what answers are made with besides the data. */
  readonly revision: string
  readonly now: () => Date
}

/** What was published for an audience. */
export interface PublishedAudience {
  readonly audience: string
  readonly teams: Principal['teams']
  readonly state: string
  /** Whether anything differs from what was there. */
  readonly changed: boolean
  readonly answers: number
  readonly objects: number
  /** Bytes of all its objects. */
  readonly bytes: number
  readonly sent: number
  readonly bytes_sent: number
}

/** Uploads at a time. */
const width = 8

/** Publishes for one audience: what is not there yet, then the manifest. What was computed from the same data in the same way is kept. */
export async function publishAudience(
  teams: Principal['teams'],
  held: Map<string, number>,
  options: PublishOptions,
): Promise<PublishedAudience & { readonly manifest: Manifest }> {
  const { store, before } = options
  const audience = await audienceId(teams)
  const context = await createApiContext(options.contextOf(teams))
  try {
    return await context.use(undefined, async (snapshot) => {
      const old = before.manifests.get(audience) ?? null
      const staged: StagedObject[] = []
      const kept = old && isCurrent(old, snapshot, context, held, options) ? old : null
      const material = kept ?? (await gather(context, snapshot, options))
      if (!kept) staged.push(...(Object.values({ ...material.answers, ...material.marts }) as StagedObject[]))
      const document = await options.staging.add(JSON.stringify(await documentOf(context, snapshot)), '.json')
      const manifest: Manifest = {
        format: publishedFormat,
        state: snapshot.id,
        revision: options.revision,
        published_at: options.now().toISOString(),
        title: context.title,
        teams,
        document: referenceOf(document),
        answers: mapped(material.answers, referenceOf),
        marts: mapped(material.marts, ({ rows, columns, ...one }) => ({ ...referenceOf(one), rows, columns })),
      }
      const sent = await send([...staged, document], held, options)
      const changed = !isSame(old, manifest)
      if (changed) await store.put(manifestKey(audience), JSON.stringify(manifest))
      const references = new Map(referencesOf(manifest).map(({ key, bytes }) => [key, bytes]))
      const bytes = [...references.values()].reduce((sum, one) => sum + one, 0)
      const counts = { answers: Object.keys(manifest.answers).length, objects: references.size, bytes, ...sent }
      return { audience, teams, state: snapshot.id, changed, ...counts, manifest }
    })
  } finally {
    await context.close()
  }
}

/** Whether the answers and marts of a manifest are those that would be made now, and all there. */
function isCurrent(
  old: Manifest,
  snapshot: Snapshot,
  context: ApiContext,
  held: ReadonlyMap<string, number>,
  { revision }: PublishOptions,
): boolean {
  const isLikeNow = old.state === snapshot.id && old.revision === revision && old.title === context.title
  const lasting = [...Object.values(old.answers), ...Object.values(old.marts)]
  return isLikeNow && lasting.every(({ key, bytes }) => held.get(key) === bytes)
}

const referenceOf = ({ key, bytes }: Reference): Reference => ({ key, bytes })

const mapped = <One, Other>(record: Readonly<Record<string, One>>, change: (one: One) => Other) =>
  Object.fromEntries(Object.entries(record).map(([name, one]) => [name, change(one)]))

/** Sends what is not held, a few at a time, and notes it as held. */
async function send(objects: readonly StagedObject[], held: Map<string, number>, { store, onStep }: PublishOptions) {
  const missing = [...new Map(objects.map((one) => [one.key, one])).values()].filter(
    ({ key, bytes }) => held.get(key) !== bytes,
  )
  const tasks = missing.map((object) => async () => {
    await store.put(object.key, object)
    held.set(object.key, object.bytes)
  })
  await inTurn(width, tasks, (done) => onStep('sent', done, missing.length))
  return { sent: missing.length, bytes_sent: missing.reduce((sum, { bytes }) => sum + bytes, 0) }
}
