import { BlockList, isIP } from 'node:net'
import { embeddedIpv4 } from '../core/embedded-ipv4.ts'
import { UserError } from '../errors.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

// Instance metadata of AWS, Azure and Google, and what no notification service has as its address.
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addSubnet('0.0.0.0', 8, 'ipv4')
forbidden.addSubnet('224.0.0.0', 3, 'ipv4')
forbidden.addSubnet('100.100.100.200', 32, 'ipv4')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addSubnet('ff00::', 8, 'ipv6')
forbidden.addAddress('::', 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6')

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
const literal = (hostname: string) => hostname.replace(/^\[|\]$/g, '')

const isIn = (list: BlockList, address: string) => {
  const inner = embeddedIpv4(address)
  return list.check(address, family(address)) || (inner !== null && list.check(inner, 'ipv4'))
}

const isLoopbackAddress = (address: string) => isIn(loopback, address)

/** Whether an address may be connected to: a host that is no loopback by name must not become one by its DNS entry. */
export function isAllowedAddress(address: string, hostname: string): boolean {
  if (isIn(forbidden, address) && !isLoopbackAddress(address)) return false
  return !isLoopbackAddress(address) || isLoopbackHost(hostname)
}

/** `localhost` or a literal address of this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const host = literal(hostname)
  return host === 'localhost' || (isIP(host) !== 0 && isLoopbackAddress(host))
}

/**
 * The address of a channel, checked: https, one of the hosts, no user or password in it. `http` is for this machine only.
 *
 * @param hosts names, or `.example.com` for every name below it
 * @throws UserError that does not repeat the address, since it may hold a secret
 */
export function checkAddress(text: string, hosts: readonly string[], name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const refuse = (problem: string): never => {
    throw new UserError(`channel ${name}: its address ${problem}`, {
      hint: `Give an https address of ${hosts.join(' or ') || 'the service'}; \`hosts:\` of the channel names other ones.`,
    })
  }
  if (url === null) return refuse('is no URL')
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or password')
  const isLocal = isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) return refuse('does not begin with https://')
  const isListed = hosts.some((host) => (host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host))
  if (!isListed) return refuse(`has the host ${url.hostname}, which is not one of ${hosts.join(', ')}`)
  const host = literal(url.hostname)
  if (isIP(host) !== 0 && !isAllowedAddress(host, host)) return refuse('is not one that may be called')
  return url
}
