import { BlockList, isIP, isIPv4 } from 'node:net'
import { embeddedIpv4 } from '../../core/embedded-ipv4.ts'

/** Address ranges that are not the internet's: https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 twin (2026). */
const internalRanges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const internal = new BlockList()
for (const [address, bits] of internalRanges) internal.addSubnet(address, bits, isIPv4(address) ? 'ipv4' : 'ipv6')

/** Whether an IP address is private, loopback, link-local, multicast or reserved; IPv4 written as IPv6 counts as IPv4. */
export function isInternalAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  const inner = embeddedIpv4(address)
  return internal.check(address, family === 6 ? 'ipv6' : 'ipv4') || (inner !== null && internal.check(inner, 'ipv4'))
}

/** Whether a host of a URL means this machine: `localhost`, `127.0.0.0/8`, `::1`. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'))
}
