import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CollectorContext } from '../../src/collectors/collector.ts'
import { createRetry } from '../../src/collectors/retry.ts'

/** What the retry loop waited for, in ms, beside the context itself. */
export interface TestContext extends CollectorContext {
  readonly waits: number[]
}

/** A collector's context whose clock stands still, whose waits take no time and whose environment is what the test says. */
export function testContext(
  options: { now?: string; env?: Readonly<Record<string, string>>; attempts?: number; signal?: AbortSignal } = {},
): TestContext {
  const waits: number[] = []
  const wait = async (ms: number) => {
    waits.push(ms)
  }
  return {
    waits,
    wait,
    now: () => new Date(options.now ?? '2026-03-20T06:00:00Z'),
    env: (name) => options.env?.[name],
    cache: mkdtempSync(join(tmpdir(), 'costwright-cache-')),
    retry: createRetry({
      source: 'test',
      signal: options.signal ?? new AbortController().signal,
      random: () => 0.5,
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
      wait,
    }),
  }
}
