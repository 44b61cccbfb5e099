import { style } from '../web/style.ts'

const cookie = 'costwright'
const storedKey = new RegExp(`(?:^|;\\s*)${cookie}=([^;\\s]+)`)
const longestToken = 8192

/** The token that a request carries: as `Authorization: Bearer`, else in the cookie of a browser that has logged in. */
export function tokenOf(request: Request): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const token = bearer ?? storedKey.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
  return token !== null && token.length > longestToken ? null : token
}

/** A cookie for this browser session: sent to this site only, hidden from scripts, and over TLS where the site is reached by it. */
export function sessionCookie(token: string, url: string): string {
  return `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict${url.startsWith('https:') ? '; Secure' : ''}`
}

/** The key of a login form that was sent from this server's own page; null for anything else. */
export async function loginToken(request: Request): Promise<string | null> {
  const origin = request.headers.get('origin')
  const isOwn = origin === new URL(request.url).origin || request.headers.get('sec-fetch-site') === 'same-origin'
  const type = request.headers.get('content-type')?.split(';')[0]?.trim()
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!isOwn || request.method !== 'POST' || type !== 'application/x-www-form-urlencoded' || !(length <= longestToken))
    return null
  const key = new URLSearchParams(await request.text()).get('key')?.trim()
  return key !== undefined && /^[A-Za-z0-9._-]+$/.test(key) ? key : ''
}

/** The page that asks for a key. */
export function loginPage(isWrong: boolean): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><main id="main"><div class="wrap"><h1>Log in</h1>
<form method="post" action="/login">
<p><label for="key">API key</label> <input id="key" name="key" type="password" autocomplete="current-password" required autofocus></p>
${isWrong ? '<p role="alert">That key is not known, has ended or was revoked.</p>' : ''}
<p><button type="submit">Log in</button></p></form>
<p>An administrator makes keys with <code>costwright keys add</code>.</p></div></main></body></html>`
}
