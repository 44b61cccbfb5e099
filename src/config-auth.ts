import { z } from 'zod'
import { byteSize, choice, integer, text, texts } from './config-values.ts'

const httpsUrl = text.refine((value) => /^https:\/\/[^\s/?#]+[^\s?#]*$/.test(value), 'must be an https address')
const ownIssuer = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/[^\s?#]*)?$/

const group = z.strictObject({
  group: text,
  role: choice(['viewer', 'analyst', 'admin']),
  teams: texts.min(1, 'is empty; leave it out for all teams').optional(),
})

export const rateLimitDefaults = { per_minute: 600, burst: 120 } as const

/** As a browser sends it: no path, no final slash, no port that the scheme implies; http on this machine only. */
const origin = text.refine(
  (value) =>
    /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$))/.test(value) &&
    URL.canParse(value) &&
    new URL(value).origin === value,
  'must be an https origin, in lower case and without a path',
)

/** Who may ask, and how often. */
export const authSchema = z
  .strictObject({
    required: z.preprocess(
      (value) => (value === 'true' ? true : value === 'false' ? false : value),
      z.boolean({ error: 'must be true or false' }).default(false),
    ),
    oidc: z
      .strictObject({
        issuer: z.union([httpsUrl, text.refine((value) => ownIssuer.test(value))], {
          error: 'must be the https address of the issuer',
        }),
        audience: text,
        groups_claim: text.default('groups'),
        groups: z.array(group, { error: 'must be a list' }).min(1, 'is empty'),
      })
      .optional(),
    rate_limit: z
      .strictObject({
        per_minute: integer(1, 1_000_000).default(rateLimitDefaults.per_minute),
        burst: integer(1, 100_000).default(rateLimitDefaults.burst),
      })
      .prefault({}),
  })
  .prefault({})

export const serverSchema = z
  .strictObject({
    host: text.default('127.0.0.1'),
    port: integer(0, 65535).default(8080),
    /** Sockets at once; more are closed. */
    max_connections: integer(1, 100_000).default(1000),
    /** In which the headers of a request must have come. */
    request_timeout_s: integer(1, 600).default(30),
    /** Rows of a statement's file at most; JSON has 10,000. */
    sql_rows: integer(1, 100_000_000).default(1_000_000),
    max_upload: byteSize.default(2_000_000_000),
    public_url: z
      .union([httpsUrl], { error: 'must be an https address without a path' })
      .refine((value) => new URL(value).pathname === '/', 'must be an https address without a path')
      .optional(),
    cors: z.strictObject({ origins: z.array(origin, { error: 'must be a list' }).default([]) }).prefault({}),
    metrics: choice(['guarded', 'open']).default('guarded'),
    log: choice(['failures', 'requests']).default('failures'),
    log_format: choice(['auto', 'text', 'json']).default('auto'),
    drain_seconds: integer(0, 600).default(0),
    grace_seconds: integer(0, 3600).default(30),
  })
  .prefault({})
