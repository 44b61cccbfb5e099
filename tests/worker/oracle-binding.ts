import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { oracle } from './oracle-setup.ts'

/**
 * What the tests in workerd reach of this machine: `/oracle/keys`, `/oracle/objects` (names) and `/oracle/objects/<name>` of what was
 * published; everything else is asked of the full server.
 */
export async function askOracle(request: Request): Promise<Response> {
  const { url, published, keys } = await oracle()
  const { pathname, search } = new URL(request.url)
  if (pathname === '/oracle/keys') return Response.json(keys)
  if (pathname === '/oracle/objects') return Response.json(await namesIn(published))
  if (pathname.startsWith('/oracle/objects/'))
    return new Response(await readFile(join(published, pathname.slice('/oracle/objects/'.length))))
  const { method, headers } = request
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: await request.arrayBuffer() }
  const plain = new Headers([...headers])
  plain.set('accept-encoding', 'identity')
  return fetch(`${url}${pathname}${search}`, { method, headers: plain, redirect: 'manual', ...body })
}

async function namesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
