import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { openApi } from '../../src/api/openapi.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { parseYamlConfig } from '../../src/config.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createKey, listKeys } from '../../src/state/api-keys.ts'
import type { StateCounts } from '../../src/state/counts.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { samplesOf } from '../support/prometheus-text.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly command?: readonly string[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: object
  readonly resources: { readonly limits: { readonly memory: string } }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}
interface PodSpec {
  readonly containers: readonly [Container]
  readonly securityContext: object
  readonly volumes: readonly { readonly name: string; readonly configMap?: { name: string } }[]
  readonly terminationGracePeriodSeconds: number
}
/** Parts of Kubernetes objects as the tests read them. */
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object }
  readonly data: Readonly<Record<string, string>>
  readonly stringData: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own, which `kubectl` knows
  readonly spec: any
}

function manifests(path: string): Manifest[] {
  return parseAllDocuments(read(path)).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })
}

const kubernetes = manifests('docs/kubernetes.yaml')
const monitoring = manifests('docs/kubernetes-monitoring.yaml')
const only = (kind: string, name = 'costwright') => {
  const found = kubernetes.filter((one) => one.kind === kind && one.metadata.name === name)
  expect(found, `${kind} ${name}`).toHaveLength(1)
  return found[0] as Manifest
}
const scratch = mkdtempSync(join(tmpdir(), 'costwright-deploying-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the Kubernetes example', () => {
  const set = only('StatefulSet')
  const pod = set.spec.template.spec as PodSpec
  const [server] = pod.containers
  const config = parseYamlConfig(only('ConfigMap').data['costwright.yaml'] ?? '')

  test('keeps everything in one namespace, with one writer', () => {
    for (const { kind, metadata } of kubernetes)
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace, `${kind} ${metadata.name}`).toBe('costwright')
    expect(set.spec.replicas).toBe(1)
  })

  test('has a configuration that is valid, names only variables that the Secret has, and lets nobody in unasked', () => {
    const text = only('ConfigMap').data['costwright.yaml'] ?? ''
    const named = [...text.matchAll(/_env: (\w+)/g)].map(([, name]) => name)
    expect(Object.keys(only('Secret').stringData)).toEqual(named)
    expect(config.auth.oidc).toBeDefined()
    expect(config.server.metrics).toBe('guarded')
  })

  test('agrees on the port everywhere, and probes paths that the server has', () => {
    const port = config.server.port
    expect(server.ports).toEqual([{ name: 'http', containerPort: port }])
    expect(only('Service').spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }])
    expect(only('NetworkPolicy').spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port }])
    const paths = openApi(loadCatalog())['paths'] as object
    const probes = [server.startupProbe, server.livenessProbe, server.readinessProbe].map((probe) => probe?.httpGet)
    expect(probes.map((get) => get?.path)).toEqual(['/livez', '/livez', '/readyz'])
    for (const get of probes) expect([get?.port, Object.keys(paths).includes(get?.path ?? '')]).toEqual(['http', true])
  })

  test('waits longer for the end than the server takes at most', () => {
    const { drain_seconds, grace_seconds } = config.server
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drain_seconds + grace_seconds)
  })

  test('runs every container without rights, on a root that cannot be written, with a folder for what must', () => {
    const backup = only('CronJob', 'costwright-backup').spec.jobTemplate.spec.template.spec as PodSpec
    for (const { containers, securityContext } of [pod, backup]) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(containers[0].securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      })
      expect(containers[0].resources.limits.memory).toMatch(/^\d+[GM]i$/)
      expect(containers[0].image).toMatch(/:\d+\.\d+\.\d+$/)
    }
    expect(server.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/data', '/tmp', '/etc/costwright'])
    const claims = set.spec.volumeClaimTemplates.map((one: Manifest) => one.metadata.name)
    const volumes = [...claims, ...pod.volumes.map(({ name }) => name)]
    expect(server.volumeMounts.filter(({ name }) => !volumes.includes(name))).toEqual([])
  })

  test('selects by labels that the pod has', () => {
    const { labels } = set.spec.template.metadata
    expect([set, only('PodDisruptionBudget')].map(({ spec }) => spec.selector.matchLabels)).toEqual([labels, labels])
    expect([only('Service').spec.selector, only('NetworkPolicy').spec.podSelector.matchLabels]).toEqual([
      labels,
      labels,
    ])
    expect(only('Service').metadata.labels).toEqual(
      monitoring.find(({ kind }) => kind === 'ServiceMonitor')?.spec.selector.matchLabels,
    )
  })

  test('backs up a state database that is in use, and keeps the newest thirty copies', () => {
    const script = join(scratch, 'backup.mjs')
    writeFileSync(script, only('ConfigMap', 'costwright-backup').data['backup.mjs'] ?? '')
    const database = openDatabase(join(scratch, 'state.sqlite'))
    createKey(database, { name: 'kept', role: 'viewer', teams: null, expires_at: null, actor: 'test' }, new Date())
    const folder = mkdtempSync(join(scratch, 'backup-'))
    for (let day = 1; day <= 31; day++)
      writeFileSync(join(folder, `state-2020-01-${String(day).padStart(2, '0')}.sqlite`), '')
    for (const again of [0, 1])
      expect(spawnSync(process.execPath, [script, join(scratch, 'state.sqlite'), folder]).status, `run ${again}`).toBe(
        0,
      )
    database.close()
    const copies = readdirSync(folder).sort()
    expect([copies.length, copies[0]]).toEqual([30, 'state-2020-01-03.sqlite'])
    const copy = openDatabase(join(folder, copies.at(-1) ?? ''))
    expect(listKeys(copy).map(({ name }) => name)).toEqual(['kept'])
    copy.close()
  })
})

test('rules and documentation name measurements that the server has, and the documentation names all of them', async () => {
  const metrics = createMetrics('1.2.3', async () => ({
    ...{ lake: null, collections: [] },
    state: { incidents: {} as StateCounts['incidents'], messages: { pending: 0, failed: 0 }, oldest_pending: null },
  }))
  const { types } = samplesOf((await metrics.expose('*/*')).body)
  const own = [...types.keys()].filter((name) => name.startsWith('costwright_'))
  const named = (text: string) =>
    new Set([...text.matchAll(/costwright_[a-z_]+/g)].map(([name]) => name.replace(/_(count|bucket)$/, '')))
  const rules = JSON.stringify(monitoring.find(({ kind }) => kind === 'PrometheusRule')?.spec)
  const documented = named(read('docs/deploying.md'))
  expect(named(rules).size).toBeGreaterThan(5)
  expect([...named(rules)].filter((name) => !own.includes(name))).toEqual([])
  expect([...documented].sort()).toEqual(own.sort())
})

describe('the Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(\w+)\s+(.*)$/.exec(line)?.slice(1) as [string, string])
  const last = lines.slice(lines.findLastIndex(([word]) => word === 'FROM'))
  const at = (word: string) => last.findIndex(([one]) => one === word)
  const value = (word: string) => last[at(word)]?.[1] ?? ''

  test('builds on the Node of the project, by a name that does not change its major version', () => {
    const images = lines.filter(([word]) => word === 'FROM').map(([, rest]) => rest.split(' ')[0])
    expect(new Set(images)).toEqual(new Set(['$' + '{NODE_IMAGE}']))
    const [, major] = /^NODE_IMAGE=node:(\d+)-\w+-slim$/.exec(lines[0]?.[1] ?? '') ?? []
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } }
    expect(devDependencies.node).toMatch(new RegExp(`^\\^${major}\\.`))
  })

  test('runs as a user without a name in the host, who is set before anything starts', () => {
    expect(value('USER')).toBe('10001:10001')
    expect(at('USER')).toBeLessThan(at('ENTRYPOINT'))
    expect(last.filter(([word], index) => word === 'RUN' && index > at('USER'))).toEqual([])
  })

  test('starts the server on its port and volume, and says how it is watched and stopped', () => {
    expect([value('ENTRYPOINT'), value('CMD')]).toEqual([
      '["costwright"]',
      '["serve", "--host", "0.0.0.0", "--data", "/data"]',
    ])
    const { server } = parseYamlConfig('')
    expect([value('EXPOSE'), value('VOLUME'), value('STOPSIGNAL')]).toEqual([String(server.port), '/data', 'SIGTERM'])
    expect(value('HEALTHCHECK')).toContain(`http://127.0.0.1:${server.port}/livez`)
  })

  test('copies what exists, which is all that the build context holds, and only production dependencies', () => {
    const copied = lines
      .filter(([word, rest]) => word === 'COPY' && !rest.startsWith('--from'))
      .flatMap(([, rest]) => rest.split(' ').slice(0, -1))
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
    const context = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
    expect(new Set(context.map((line) => line.slice(1)))).toEqual(new Set(copied))
    expect(lines.filter(([word, rest]) => word === 'RUN' && rest.includes('npm ci')).map(([, rest]) => rest)).toEqual([
      'npm ci',
      'npm ci --omit=dev',
    ])
    expect(last.find(([, rest]) => rest.includes('node_modules'))?.[1]).toMatch(/^--from=dependencies /)
  })
})
