import { type AccessList, type Manifest, publishedFormat, type Reference } from '../edge/published.ts'
import { UserError } from '../errors.ts'
import type { PublishStore, StoredObject } from './store.ts'

export const accessKey = 'access.json'
export const manifestKey = (audience: string) => `audiences/${audience}/manifest.json`

/** What lies in a store now. */
export interface PublishedState {
  /** Objects named for their content, by key. */
  readonly objects: ReadonlyMap<string, StoredObject>
  /** By id of the audience. */
  readonly manifests: ReadonlyMap<string, Manifest>
}

/** @throws UserError for a manifest that this version did not write and cannot judge */
export async function readPublished(store: PublishStore): Promise<PublishedState> {
  const objects = await store.list('objects/')
  return { objects: new Map(objects.map((object) => [object.key, object])), manifests: await readManifests(store) }
}

export async function readManifests(store: PublishStore): Promise<Map<string, Manifest>> {
  const manifests = new Map<string, Manifest>()
  for (const { key } of await store.list('audiences/')) {
    const [, audience] = /^audiences\/([^/]+)\/manifest\.json$/.exec(key) ?? []
    const content = audience === undefined ? null : await store.read(key)
    if (audience === undefined || content === null) continue
    manifests.set(audience, parsed<Manifest>(key, content))
  }
  return manifests
}

export async function readAccess(store: PublishStore): Promise<AccessList | null> {
  const content = await store.read(accessKey)
  return content && parsed<AccessList>(accessKey, content)
}

function parsed<Document extends { readonly format: number }>(key: string, content: Buffer): Document {
  const refuse = (cause?: unknown) =>
    new UserError(`${key} was not written by this version of costwright`, {
      hint: 'Publish with the newer version, or remove that object or choose another publish.prefix.',
      cause,
    })
  let document: Document
  try {
    document = JSON.parse(content.toString()) as Document
  } catch (cause) {
    throw refuse(cause)
  }
  if (document?.format !== publishedFormat) throw refuse()
  return document
}

/** Every object that a manifest names. */
export function referencesOf({ document, answers, marts }: Manifest): readonly Reference[] {
  return [document, ...Object.values(answers), ...Object.values(marts)]
}

/** Whether both say the same, whenever each was written. */
export function isSame<Document extends { readonly published_at: string }>(
  one: Document | null,
  other: Document,
): boolean {
  const timeless = (document: Document) => JSON.stringify({ ...document, published_at: '' })
  return one !== null && timeless(one) === timeless(other)
}
