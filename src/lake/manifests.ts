import { dirname } from 'node:path'
import { UserError } from '../errors.ts'

/** What a provider's manifest says of one delivery. */
export interface Manifest {
  readonly path: string
  /** Execution, assembly or run id: recognises the delivery upstream. */
  readonly upstream: string
  /** Orders deliveries of one period; ISO instant where the manifest has one, else empty. */
  readonly submitted: string
  /** Object keys of exactly the files that make up the delivery, with the size where it is stated. */
  readonly keys: readonly { readonly key: string; readonly size: number | null }[]
  readonly rows: number | null
  /** Which provider's manifest this is: deliveries of one kind land in order, those of different kinds side by side. */
  readonly kind: 'aws' | 'azure'
  readonly traits: Readonly<Record<string, string>>
  /** Folder whose other data files this manifest supersedes; null when that follows from the listed files. */
  readonly scope: string | null
}

/**
 * How a key that a manifest lists may be spelt in the store, as stated first: `s3://bucket/` goes, so may a slash at the beginning,
 * and `%3D` or `+` may stand for `=` and a space. `s3://b/a%20b/1.csv` gives `a%20b/1.csv` and `a b/1.csv`.
 */
export function keySpellings(key: string): string[] {
  const stated = key.replace(/^[a-z0-9]+:\/\/[^/]+\//i, '')
  const spellings = [stated, decoded(stated), decoded(stated.replaceAll('+', ' '))]
  return [...new Set(spellings.flatMap((one) => [one, one.replace(/^\/+/, '')]))]
}

function decoded(key: string): string {
  return key.replace(/(%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
}

type Json = Record<string, unknown>

const readers: readonly ((path: string, json: Json) => Manifest | null)[] = [legacyCur, dataExports, azureExport]

/** Reads a manifest of AWS CUR (`assemblyId`), AWS Data Exports (`dataFiles`) or Azure exports (`blobs`); null for other JSON. */
export function readManifest(path: string, json: unknown): Manifest | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  for (const reader of readers) {
    const manifest = reader(path, json as Json)
    if (manifest) return manifest
  }
  return null
}

function legacyCur(path: string, json: Json): Manifest | null {
  if (typeof json['assemblyId'] !== 'string' || !Array.isArray(json['reportKeys'])) return null
  return {
    path,
    upstream: json['assemblyId'],
    submitted: '',
    keys: json['reportKeys'].map((key) => ({ key: String(key), size: null })),
    rows: null,
    kind: 'aws',
    traits: {},
    scope: dirname(path),
  }
}

function dataExports(path: string, json: Json): Manifest | null {
  if (!Array.isArray(json['dataFiles'])) return null
  return {
    path,
    upstream: String(json['executionId'] ?? ''),
    submitted: String(json['executionTime'] ?? json['submittedTime'] ?? json['createdAt'] ?? ''),
    keys: json['dataFiles'].map((key) => ({ key: String(key), size: null })),
    rows: null,
    kind: 'aws',
    traits: {},
    scope: null,
  }
}

function azureExport(path: string, json: Json): Manifest | null {
  const blobs = json['blobs']
  const run = json['runInfo'] as Json | undefined
  if (!Array.isArray(blobs) || !run) return null
  const config = (json['exportConfig'] ?? {}) as Json
  const type = String(config['type'] ?? '')
  if (json['blobCount'] !== undefined && Number(json['blobCount']) !== blobs.length) {
    throw new UserError(`${path} says ${json['blobCount']} files and lists ${blobs.length}`, {
      hint: 'The export is half written; import it again when the run has ended.',
    })
  }
  return {
    path,
    upstream: String(run['runId'] ?? ''),
    submitted: String(run['submittedTime'] ?? ''),
    keys: blobs.map((blob: Json) => ({
      key: String(blob['blobName']),
      size: blob['byteCount'] === undefined ? null : Number(blob['byteCount']),
    })),
    kind: 'azure',
    rows: json['dataRowCount'] === undefined || json['dataRowCount'] === null ? null : Number(json['dataRowCount']),
    traits: /^(ActualCost|AmortizedCost)$/.test(type) ? { dataset: type } : {},
    scope: dirname(path),
  }
}
