import { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { type ApiEnv, deliver, entityTag } from '../api/http.ts'
import { style } from './style.ts'

/** A script that this server sends itself. */
export interface Script {
  /** Of its text: another text has another. */
  readonly hash: string
  readonly text: string
}

/** The one page with a script: it comes from here, and may ask nobody but this server. The component styles itself inline. */
const policy = [
  ...["default-src 'none'", "script-src 'self'", "connect-src 'self'", "style-src 'self' 'unsafe-inline'"],
  ...[
    "img-src 'self' data:",
    "font-src 'self' data:",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ],
].join('; ')

const yearSeconds = 31_536_000

/**
 * `/reference`: the API's description to read and to try; without a script of the component, the description itself.
 *
 * @param script of the custom element `openapi-explorer`, read when first asked for
 */
export function referenceRoutes(script: (() => Promise<Script>) | undefined): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/reference', async (c) => {
    if (!script) return c.redirect('/openapi.json', 302)
    const body = await referencePage(`/reference/${(await script()).hash}.js`)
    return deliver(c, {
      ...{ type: 'text/html; charset=utf-8', body, etag: await entityTag(body) },
      headers: { 'content-security-policy': policy },
    })
  })
  app.get('/reference/:file', async (c) => {
    const found = await script?.()
    if (!found || c.req.param('file') !== `${found.hash}.js`) return c.notFound()
    return deliver(c, {
      ...{ type: 'text/javascript; charset=utf-8', body: found.text, etag: await entityTag(found.hash) },
      headers: { 'cache-control': `public, max-age=${yearSeconds}, immutable` },
    })
  })
  return app
}

async function referencePage(script: string): Promise<string> {
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
<script type="module" src="${script}"></script>
</head>
<body>
<noscript><p>This page needs a script, which comes from this server alone. <a href="/openapi.json">The description as JSON</a>, <a href="/">overview</a>.</p></noscript>
<openapi-explorer spec-url="/openapi.json" collapse use-path-in-nav-bar bg-color="#ffffff" text-color="#17202b" primary-color="#0b5cad" secondary-color="#0b5cad" header-color="#17202b" nav-bg-color="#f6f7f9" nav-text-color="#17202b">
<p slot="overview"><a href="/">Overview of the costs</a> · <a href="/openapi.json">description as JSON</a>. A key is entered under Authentication; it stays in this page. Where this server asks nobody, none is needed.</p>
</openapi-explorer>
</body>
</html>`
  return String(document)
}
