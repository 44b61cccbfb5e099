import type { StreamFormat } from './api/context.ts'

/** Told of the engine's work for the API. */
export interface Telemetry {
  /** A query of the catalogue begins; the result is called when it has ended or failed. */
  query(name: string): () => void
  /** Another piece of a download. */
  streamed(format: StreamFormat, bytes: number): void
  /** A foreign statement ended: well, refused or wrong, stopped for its time, or because its sender left. */
  statement(outcome: 'ended' | 'refused' | 'timed_out' | 'aborted'): void
}

export const noTelemetry: Telemetry = { query: () => () => {}, streamed() {}, statement() {} }
