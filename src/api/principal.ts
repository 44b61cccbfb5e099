/** Who asks, as whoever let them in says. */
export interface Principal {
  /** Stable over requests: what rates are counted by and the audit log names. */
  readonly id: string
  readonly role: 'viewer' | 'analyst' | 'admin'
  /** The teams whose charges may be seen; null for all. Never empty: who may see nothing is not let in. */
  readonly teams: readonly string[] | null
}

/** Tells who sends a request; null for nobody known. */
export type Identify = (request: Request) => Promise<Principal | null>

const ranks = { viewer: 0, analyst: 1, admin: 2 } as const

/**
 * Least role for what a request does: reading is for viewers (an agent's calls are requests of their own), statements, decisions and jobs
 * for analysts (some kinds of jobs ask for more), keys, uploads and the audit log for admins.
 */
const rules: readonly {
  readonly path: RegExp
  readonly methods: readonly string[]
  readonly role: Principal['role']
}[] = [
  { path: /^\/api\/v1\/(audit|imports|keys)(\/|$)/, methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], role: 'admin' },
  { path: /^\/api\/v1\/jobs(\/|$)/, methods: ['GET', 'HEAD', 'POST', 'DELETE'], role: 'analyst' },
  { path: /^\/mcp$/, methods: ['GET', 'HEAD', 'POST'], role: 'viewer' },
  { path: /^\//, methods: ['GET', 'HEAD'], role: 'viewer' },
  { path: /^\//, methods: ['POST', 'PUT', 'PATCH', 'DELETE'], role: 'analyst' },
]

/** The role that a request needs. Methods that nothing answers need the highest. */
export function neededRole(method: string, path: string): Principal['role'] {
  return rules.find((rule) => rule.path.test(path) && rule.methods.includes(method))?.role ?? 'admin'
}

export function mayDo({ role }: Principal, needed: Principal['role']): boolean {
  return ranks[role] >= ranks[needed]
}
