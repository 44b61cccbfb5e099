/** Paths below which something is looked up by name. */
export const lookups = [
  '/api/v1/queries/',
  '/api/v1/alerts/',
  '/api/v1/savings/',
  '/api/v1/recommendations/',
  '/api/v1/reports/',
  '/queries/',
  '/alerts/',
  '/savings/',
  '/',
  '/api/v1/',
]

/** Ways out of a folder, and names that mean something elsewhere. */
export const escapes = [
  '../../../../etc/passwd',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/etc/passwd',
  '..%5c..%5cetc%5cpasswd',
  '..\\..\\etc\\passwd',
  '%252e%252e%252fetc%252fpasswd',
  'cost_by_month%00.sql',
  '%c0%ae%c0%ae%c0%afetc',
  '%ff%fe',
  '__proto__',
  'constructor',
  'toString',
  'file:%2f%2f%2fetc%2fpasswd',
  '%F0%9F%92%A9'.repeat(50),
]

/** Query strings that `/costs` refuses. */
export const wrongParameters = [
  '__proto__=1',
  '__proto__[limit]=1',
  'constructor=1',
  'toString=1',
  'limit=1&limit=2',
  'limit=-1',
  'limit=1e9',
  'limit=99999999999999999999',
  'cursor=AAAA',
  'cursor=%00',
  'as_of=9999999-01-01',
  "as_of=2026-01-01'--",
  'format=../../etc',
  'group_by=__proto__',
  'group_by=constructor',
  'start_date=2026-13-45',
  "start_date=2026-01-01' or 1=1--",
]

/** Bodies that `/sql` refuses, by what they are. */
export const wrongBodies: readonly (readonly [string, string])[] = [
  ['deep lists', '['.repeat(8000)],
  ['deep objects', '{"sql":'.repeat(2000)],
  ['deep and whole', `{"sql": ${'['.repeat(4000)}${']'.repeat(4000)}}`],
  ['the prototype', '{"__proto__": {"sql": "select 1"}}'],
  ['the constructor', '{"constructor": {"prototype": {"sql": "select 1"}}}'],
  ['the prototype beside a statement', '{"sql": "select 1 as one", "__proto__": {"limit": 1}}'],
  ['no object', 'null'],
  ['a number that is none', '{"sql": "select 1", "limit": 1e999}'],
  ['nothing', ''],
]

/** Headers that two servers in a row could read differently, by what is wrong with them. */
export const wrongFraming: readonly (readonly [string, readonly string[]])[] = [
  ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
  ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
  ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5']],
  ['an unknown coding', ['Transfer-Encoding: xchunked']],
  ['chunks that are not last', ['Transfer-Encoding: chunked, identity']],
  ['a length that is no number', ['Content-Length: 0x5']],
  ['a negative length', ['Content-Length: -5']],
  ['a folded header', ['X-A: b', ' Transfer-Encoding: chunked']],
  ['a space before the colon', ['Content-Length : 5']],
  ['a bare line feed', ['X-A: b\nTransfer-Encoding: chunked']],
  ['two hosts', ['Host: evil.example']],
]
