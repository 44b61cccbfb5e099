import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchData } from '../../src/commands/watch.ts'

let current: string | null
let started: { args: string; child: EventEmitter }[]
let sent: number
let notes: string[]
let answer: () => Promise<readonly { error: string | null }[]>
let watch: ReturnType<typeof watchData>

const begin = (followers: readonly (readonly string[])[] = []) => {
  watch = watchData({
    followers,
    current: () => current,
    spawn(args) {
      const child = Object.assign(new EventEmitter(), { kill: () => true })
      started.push({ args: args.join(' '), child })
      return child as unknown as ChildProcess
    },
    deliver() {
      sent += 1
      return answer()
    },
    note: (text) => notes.push(text),
  })
}
const ends = (code: number) => started.at(-1)?.child.emit('exit', code)
const ran = () => started.map(({ args }) => args)

beforeEach(() => {
  vi.useFakeTimers()
  current = 'a.duckdb'
  started = []
  sent = 0
  notes = []
  answer = () => Promise.resolve([])
})
afterEach(() => {
  watch.end()
  vi.useRealTimers()
})

test('data are judged, then forecast, one process at a time, at the start and when other data are current', async () => {
  begin()
  expect(ran()).toEqual(['detect'])
  ends(0)
  expect(ran()).toEqual(['detect', 'forecast --new'])
  ends(0)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ran()).toHaveLength(2)
  current = 'b.duckdb'
  await vi.advanceTimersByTimeAsync(5000)
  expect(ran().slice(2)).toEqual(['detect'])
  current = 'c.duckdb'
  await vi.advanceTimersByTimeAsync(5000)
  ends(0)
  ends(0)
  ends(0)
  expect(ran().slice(2)).toEqual(['detect', 'detect', 'forecast --new'])
})

test('messages that fall due are sent without any request, with no channel and no data too, and never twice at once', async () => {
  current = null
  begin()
  expect([ran(), sent]).toEqual([[], 1])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toBe(3)
  answer = () => new Promise(() => {})
  await vi.advanceTimersByTimeAsync(90_000)
  expect(sent).toBe(4)
})

test('what is found is told as soon as detection has ended', async () => {
  begin()
  await vi.advanceTimersByTimeAsync(1)
  expect(sent).toBe(1)
  ends(0)
  expect(sent).toBe(2)
})

test('a job that fails and a channel that does not answer are noted, and the next ones go on', async () => {
  answer = () => Promise.resolve([{ error: 'ops: no answer within 20000 ms' }])
  begin()
  await vi.advanceTimersByTimeAsync(1)
  ends(1)
  started.at(-1)?.child.emit('error', new Error('no memory'))
  answer = () => Promise.reject(new Error('the disk is full'))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(notes).toEqual([
    'not delivered: ops: no answer within 20000 ms',
    'detect: failed (exit code 1)',
    'forecast --new: no memory',
    'not delivered: ops: no answer within 20000 ms',
    'delivery: the disk is full',
  ])
})

test('after the end nothing is started or sent', async () => {
  begin()
  watch.end()
  ends(0)
  await vi.advanceTimersByTimeAsync(120_000)
  expect([ran(), sent, notes]).toEqual([['detect'], 1, []])
})

test('what else follows a change of the data comes after incidents and forecasts', () => {
  begin([['publish']])
  ends(0)
  ends(1)
  expect(ran()).toEqual(['detect', 'forecast --new', 'publish'])
})
