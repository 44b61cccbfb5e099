import { describe, expect, test } from 'vitest'
import { safeFileName } from '../../src/core/file-name.ts'

describe('a file name from elsewhere', () => {
  test.each([
    ['cur-00001.csv.gz', 'cur-00001.csv.gz'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/shadow', 'shadow'],
    ['..\\..\\Windows\\win.ini', 'win.ini'],
    ['C:\\autoexec.bat', 'autoexec.bat'],
    ['C:evil.csv', 'C_evil.csv'],
    ['bill.csv\0.exe', 'bill.csv_.exe'],
    ['bill.csv::$DATA', 'bill.csv___DATA'],
    ['NUL', '_NUL'],
    ['con.csv', '_con.csv'],
    ['Com1.tar.gz', '_Com1.tar.gz'],
    ['console.csv', 'console.csv'],
    ['.bashrc', 'bashrc'],
    ['--data', 'data'],
    ['bill.csv. . ', 'bill.csv'],
    ['Rechnung März.csv', 'Rechnung März.csv'],
    ['Ma\u0308rz.csv', 'März.csv'],
    ['a\r\nb\u202e.csv', 'a__b_.csv'],
    ['\ud800.csv', '_.csv'],
  ])('%j becomes %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe)
    expect(safeFileName(safe)).toBe(safe)
  })

  test.each(['', '.', '..', '...', '/', '../', 'a/', ' ', '-', '\\'])('%j names nothing', (name) => {
    expect(safeFileName(name)).toBeNull()
  })

  test('that is too long is cut before its endings, between letters', () => {
    const long = safeFileName(`${'äß'.repeat(300)}.csv.gz`) ?? ''
    expect(long).toMatch(/^(äß)*ä?\.csv\.gz$/)
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(120)
    expect(Buffer.byteLength(long)).toBeGreaterThan(114)
    expect(Buffer.byteLength(safeFileName('x'.repeat(5000)) ?? '')).toBe(120)
  })
})
