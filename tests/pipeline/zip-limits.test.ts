import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { unzip } from '../../src/lake/container.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-zip-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A zip of one file; `stated` is the unpacked length that its headers say, by default the true one. */
function zipOf(content: Buffer, stated = content.length): string {
  const packed = deflateRawSync(content)
  const name = Buffer.from('bill.csv')
  const facts = Buffer.alloc(26)
  facts.writeUInt16LE(20, 0)
  facts.writeUInt16LE(8, 4)
  facts.writeUInt32LE(crc32(content), 10)
  facts.writeUInt32LE(packed.length, 14)
  facts.writeUInt32LE(stated, 18)
  facts.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, name, packed])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, Buffer.alloc(14), name])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  const path = join(folder, `${crypto.randomUUID()}.zip`)
  writeFileSync(path, Buffer.concat([local, central, end]))
  return path
}

describe('a zip', () => {
  test('of an ordinary file is unpacked', async () => {
    const content = Buffer.from('a,b\n1,2\n'.repeat(1000))
    expect(readFileSync(await unzip(zipOf(content), folder)).equals(content)).toBe(true)
  })

  test('that packs a thousandfold, or says that it does, is refused before it is unpacked', async () => {
    await expect(unzip(zipOf(Buffer.alloc(80 << 20)), folder)).rejects.toThrow(/more than 500 times its size/)
    await expect(unzip(zipOf(Buffer.from('a,b\n'), 4_000_000_000), folder)).rejects.toThrow(/more than 500 times/)
  })

  test('that says less than it holds is refused while it is read', async () => {
    await expect(unzip(zipOf(Buffer.alloc(80 << 20), 1000), folder)).rejects.toThrow(/bytes/)
  })
})
