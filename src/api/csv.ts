/** Whether a cell can be mistaken for a formula by a spreadsheet: only text can; numbers and dates are written as they are. */
function isText(type: string): boolean {
  return !/^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT|FLOAT|DOUBLE|DECIMAL|DATE|TIMESTAMP|TIME|BOOLEAN)\b/i.test(
    type,
  )
}

/**
 * Lines of RFC 4180 CSV: CRLF, quotes only where needed, nothing for null, lists and maps as JSON.
 *
 * A text cell that begins with `=`, `+`, `-`, `@`, tab or return gets a leading apostrophe, because spreadsheets would run it
 * as a formula; numeric columns are never touched.
 *
 * @returns a function that encodes one row; cells are JSON values in column order
 *
 * `csvEncoder(['VARCHAR', 'DECIMAL(38,15)'])(['=1+1', '-2.5'])` is `"'=1+1,-2.5\r\n"`
 */
export function csvEncoder(types: readonly string[]): (cells: readonly unknown[]) => string {
  const text = types.map(isText)
  return (cells) => `${cells.map((cell, index) => encodeCell(cell, text[index] ?? true)).join(',')}\r\n`
}

function encodeCell(cell: unknown, text: boolean): string {
  if (cell === null || cell === undefined) return ''
  const plain = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  const safe = text && /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
