const longestBytes = 120

/** Names that Windows keeps for devices, whatever follows the first dot. */
const devices = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/**
 * A name from elsewhere as the name of a file in a folder of ours: its last part, composed (NFC), with letters, digits, marks and
 * ` ._()+=@-` only, no leading dash or dot and no trailing dot or blank, at most 120 bytes with its endings kept; null when nothing is left.
 *
 * @example safeFileName('..\\..\\Windows\\win.ini') // 'win.ini'
 * @example safeFileName('/etc/passwd\0.csv') // 'passwd_.csv'
 * @example safeFileName('NUL.csv') // '_NUL.csv'
 */
export function safeFileName(name: string): string | null {
  const last = name.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .replaceAll(/[^\p{L}\p{N}\p{M} ._()+=@-]/gu, '_')
    .replace(/^[. -]+/, '')
    .replace(/[. ]+$/, '')
  if (plain === '') return null
  return shortened(devices.test(plain) ? `_${plain}` : plain)
}

const bytes = (text: string) => new TextEncoder().encode(text).length

/** Cut before its endings, such as `.csv.gz`. */
function shortened(name: string): string {
  if (bytes(name) <= longestBytes) return name
  const [endings = ''] = /(\.[A-Za-z0-9]{1,10}){0,2}$/.exec(name) ?? []
  const letters = [...name.slice(0, name.length - endings.length)]
  while (bytes(letters.join('')) + endings.length > longestBytes) letters.pop()
  return `${letters.join('').trimEnd()}${endings}`
}
