import { expect, test } from 'vitest'
import { createLog, errorText } from '../src/log.ts'

function logged(format: 'json' | 'text', ...event: Parameters<ReturnType<typeof createLog>>): string {
  const lines: string[] = []
  const now = () => new Date('2026-11-21T12:00:00Z')
  createLog({ format, write: (line) => lines.push(line), now })(...event)
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

const hostile = 'a\n{"level":"error"}\r\x1b[31m\u2028\u202e\u009b\0\u{e0041}"'

test('an event is one line of JSON that gives back every value, whatever it holds', () => {
  const line = logged('json', 'warn', 'note', { text: hostile, status: 503, principal: null })
  expect(line).not.toMatch(/\p{Cc}|\p{Cf}|\u2028/u)
  expect(JSON.parse(line)).toEqual({
    ...{ time: '2026-11-21T12:00:00.000Z', level: 'warn', event: 'note', text: hostile, status: 503 },
  })
})

test('as text no value begins a line of its own or speaks to the terminal', () => {
  const text = logged('text', 'error', 'failure', { request_id: 'r-1', error: hostile })
  expect(text.split('\n')[0]).toBe('2026-11-21T12:00:00.000Z error failure request_id=r-1 a')
  expect(text.split('\n').slice(1)).toEqual([
    '  {"level":"error"}\\u000d\\u001b[31m\\u2028\\u202e\\u009b\\u0000\\udb40\\udc41"',
  ])
})

test('credentials do not come into the log, whatever quotes them', () => {
  const secrets = [
    'Bearer abc.def',
    'cw_0123456789ab_secretsecret',
    'https://x.example/p?sig=s3cr3t',
    'password=hunter2',
    'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
  ]
  const error = new Error('outer', { cause: new Error(secrets.join(' ')) })
  for (const format of ['json', 'text'] as const) {
    const line = logged(format, 'error', 'failure', { error: errorText(error) })
    expect(line).toContain('caused by Error: Bearer ***')
    expect(line).not.toMatch(/abc\.def|secretsecret|s3cr3t|hunter2|c2ln/)
  }
})
