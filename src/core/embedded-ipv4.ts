/** Prefixes of IPv6 addresses that carry an IPv4 address, as hexadecimal groups, and the group where it begins. */
const carriers: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x2002], at: 1 },
]

/**
 * The IPv4 address that an IPv6 address stands for: mapped, translated or compatible (RFC 4291 section 2.5.5, RFC 2765), behind NAT64
 * (RFC 6052) or 6to4 (RFC 3056). Whoever judges addresses judges that one too, else `64:ff9b::a9fe:a9fe` reaches 169.254.169.254.
 *
 * `embeddedIpv4('64:ff9b::a9fe:a9fe')` is `'169.254.169.254'`
 *
 * @param address as text, without brackets
 * @returns null for IPv4, for IPv6 of its own, and for what is no address
 */
export function embeddedIpv4(address: string): string | null {
  const bare = address.replace(/%.*$/, '')
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return null
  const groups = groupsOf(new URL(`http://[${bare}]/`).hostname.slice(1, -1))
  const carrier = carriers.find(({ prefix }) => prefix.every((group, index) => groups[index] === group))
  if (!carrier) return null
  const [high = 0, low = 0] = groups.slice(carrier.at)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an address in the form that `URL` writes. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  const [before, after] = [parse(head), parse(tail ?? '')]
  const between = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: between }, () => 0), ...after]
}
