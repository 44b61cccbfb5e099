import type { Principal } from '../api/principal.ts'
import { type ApiContextOptions, createApiContext } from '../api-context.ts'
import { type AccessList, audienceId, type Manifest, publishedFormat, type Reference } from '../edge/published.ts'
import { accessKey } from './access.ts'
import { documentOf, gather } from './gather.ts'
import type { StagedObject, Staging } from './staging.ts'
import type { PublishStore, StoredObject } from './store.ts'

export interface PublishOptions {
  readonly store: PublishStore
  readonly staging: Staging
  readonly audiences: readonly Principal['teams'][]
  /** What an application for these teams is made over. */
  readonly contextOf: (teams: Principal['teams']) => ApiContextOptions
  readonly access: AccessList
  readonly now: () => Date
  readonly onProgress: (what: string, done: number, total: number) => void
}

export interface PublishedAudience {
  readonly audience: string
  readonly teams: Principal['teams']
  readonly state: string
  readonly objects: number
  readonly sent: number
  readonly bytes: number
}

/** Publishes: objects, then each manifest, then who may read. */
export async function publish(options: PublishOptions): Promise<PublishedAudience[]> {
  const { store } = options
  const held = new Map((await store.list('objects/')).map((object) => [object.key, object]))
  const published: PublishedAudience[] = []
  for (const teams of options.audiences) published.push(await publishAudience(teams, held, options))
  await store.put(accessKey, JSON.stringify(options.access))
  return published
}

async function publishAudience(
  teams: Principal['teams'],
  held: Map<string, StoredObject>,
  options: PublishOptions,
): Promise<PublishedAudience> {
  const { store, staging } = options
  const context = await createApiContext(options.contextOf(teams))
  try {
    return await context.use(undefined, async (snapshot) => {
      const { answers, marts } = await gather(context, snapshot, { staging, questions: [], onStep: options.onProgress })
      const document = await staging.add(JSON.stringify(await documentOf(context, snapshot)), '.json')
      const objects = [document, ...Object.values(answers), ...Object.values(marts)]
      const sent = await send(objects, held, store)
      const audience = await audienceId(teams)
      const manifest: Manifest = {
        format: publishedFormat,
        state: snapshot.id,
        revision: '',
        published_at: options.now().toISOString(),
        title: context.title,
        teams,
        document: referenceOf(document),
        answers: Object.fromEntries(Object.entries(answers).map(([key, one]) => [key, referenceOf(one)])),
        marts: Object.fromEntries(
          Object.entries(marts).map(([name, { rows, columns, ...one }]) => [
            name,
            { ...referenceOf(one), rows, columns },
          ]),
        ),
      }
      await store.put(`audiences/${audience}/manifest.json`, JSON.stringify(manifest))
      return { audience, teams, state: snapshot.id, objects: objects.length, ...sent }
    })
  } finally {
    context.close()
  }
}

const referenceOf = ({ key, bytes }: Reference): Reference => ({ key, bytes })

async function send(objects: readonly StagedObject[], held: Map<string, StoredObject>, store: PublishStore) {
  let sent = 0
  let bytes = 0
  for (const object of objects) {
    if (held.get(object.key)?.bytes === object.bytes) continue
    await store.put(object.key, object)
    held.set(object.key, { key: object.key, bytes: object.bytes, modified: '' })
    sent += 1
    bytes += object.bytes
  }
  return { sent, bytes }
}
