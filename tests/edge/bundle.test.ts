import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'

/** Compressed; what Cloudflare takes of everybody. */
const largestBundle = 3_000_000
const root = join(import.meta.dirname, '..', '..')

async function dryRun(...options: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const wrangler = fileURLToPath(import.meta.resolve('wrangler'))
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' }
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', folder, ...options]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  return { folder, stdout }
}

test('with the full server behind it, the Worker gets its container', async () => {
  const { stdout } = await dryRun('--env', 'full', '--containers-rollout=none')
  expect(stdout).toMatch(/env\.SERVER \(Server\)\s+Durable Object/)
  expect(stdout).toContain(join(root, 'Dockerfile'))
})

test('the Worker bundles below the smallest limit, without engine, files, state and SDKs of clouds', async () => {
  const { folder } = await dryRun()
  const bundle = readFileSync(join(folder, 'worker.js'))
  expect(gzipSync(bundle).length).toBeLessThan(largestBundle)
  const { sources } = JSON.parse(readFileSync(join(folder, 'worker.js.map'), 'utf8')) as { sources: string[] }
  const own = sources.map((source) => relative(join(root, 'src'), resolve(folder, source)).split(sep).join('/'))
  expect(own).toEqual(expect.arrayContaining(['worker.ts', 'api/app.ts', 'edge/snapshot.ts']))
  expect(
    own.filter((path) => /^[^.].*(duckdb|sqlite)|^(lake|collectors|pipeline|publish|commands)\//.test(path)),
  ).toEqual([])
  const foreign = sources.filter((source) =>
    /node_modules\/(@duckdb|@aws-sdk|@azure|@google-cloud|apache-arrow|echarts|pdfmake|nodemailer|hysnappy)\//.test(
      source,
    ),
  )
  expect(foreign).toEqual([])
  const modules = [...bundle.toString().matchAll(/\bfrom ?"(node:[a-z/]+)"|require\("(node:[a-z/]+)"\)/g)].map(
    ([, one, two]) => one ?? two,
  )
  expect([...new Set(modules)].sort()).toEqual(['node:crypto', 'node:zlib'])
})
