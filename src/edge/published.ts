import type { LakeState } from '../api/context.ts'
import type { OwnedIncident, Usefulness } from '../api/incident-desk.ts'
import type { Oidc } from '../api/oidc.ts'
import type { Principal } from '../api/principal.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import type { SourceFreshness } from '../collect/freshness.ts'
import type { StoredForecast } from '../forecast/issued.ts'
import type { RecordedRun } from '../state/runs.ts'
import type { Params } from '../warehouse/warehouse.ts'

/**
 * What `costwright publish` writes and the Worker reads. Below one prefix of a bucket:
 *
 * - `access.json`: an `AccessList`;
 * - `audiences/<audienceId>/manifest.json`: a `Manifest`, written last, so that readers see the old state or the new one, never both;
 * - `objects/<sha256 in hex><extension>`: everything else, named for its content and never changed.
 */
export const publishedFormat = 1

/** An object below the prefix. */
export interface Reference {
  readonly key: string
  readonly bytes: number
}

/** A stored mart as one Parquet file: byte for byte what the API answers for `format=parquet`, in the API's order of rows. */
export interface PublishedMart extends Reference {
  readonly rows: number
  /** Types as the engine names them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

export interface Manifest {
  readonly format: typeof publishedFormat
  /** Id of the data's state: equal ids hold equal data. */
  readonly state: string
  /** Digest of what the answers were made with: the catalogue and the list of questions. */
  readonly revision: string
  /** ISO instant. */
  readonly published_at: string
  readonly title: string
  /** Null for an audience that may see everything. */
  readonly teams: Principal['teams']
  readonly document: Reference
  /** Whole answers by `answerKey`; each object is a `PublishedAnswer`. Stored marts have none: their rows are in `marts`. */
  readonly answers: Readonly<Record<string, Reference>>
  /** By name of the mart. */
  readonly marts: Readonly<Record<string, PublishedMart>>
}

/** All that the application knows besides answers. */
export interface PublishedDocument {
  readonly catalog: readonly CatalogEntry[]
  readonly lake: LakeState
  readonly collections: readonly SourceFreshness[]
  readonly forecasts: readonly StoredForecast[]
  readonly incidents: readonly OwnedIncident[]
  readonly usefulness: Usefulness
  /** The newest run of detection; null before the first. */
  readonly run: RecordedRun | null
}

/** Every row of an answer, cells as the API's JSON has them. */
export interface PublishedAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** Who may read what at the edge. Keys are digests of 256 random bits; those that ended or were revoked before the list was written are left out. */
export interface AccessList {
  readonly format: typeof publishedFormat
  readonly published_at: string
  readonly keys: readonly {
    readonly key_id: string
    readonly name: string
    /** SHA-256 of the secret, in hex. */
    readonly digest: string
    readonly role: Principal['role']
    readonly teams: Principal['teams']
    readonly expires_at: string | null
  }[]
  readonly oidc: Oidc | null
  /** Everybody may read the audience of everything without a key. */
  readonly open: boolean
}

/** Names a question: parameters as `checkParams` returns them, in the header's order. */
export function answerKey(entry: Pick<CatalogEntry, 'name'>, params: Params): string {
  return `${entry.name} ${JSON.stringify(params)}`
}

/** Folder of the audience of these teams; `all` for everything. */
export async function audienceId(teams: Principal['teams']): Promise<string> {
  if (teams === null) return 'all'
  const text = JSON.stringify([...new Set(teams)].sort())
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest).subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
