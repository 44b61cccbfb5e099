const form = /^cw_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/

/** The id and the secret of a key's token, `cw_<id>_<secret>`; null for what has another form. */
export function keyParts(token: string): { readonly id: string; readonly secret: string } | null {
  const [, id, secret] = form.exec(token) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}
