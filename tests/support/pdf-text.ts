import { inflateSync } from 'node:zlib'

/** Text of a PDF with embedded type, one line a piece of text; each piece is read by every font's table, so that none is missed. */
export function pdfText(pdf: Buffer): string {
  const streams = streamsOf(pdf)
  const fonts = streams.filter((one) => one.includes('beginbfrange') || one.includes('beginbfchar')).map(glyphsOf)
  const pieces = streams
    .filter((one) => /\bBT\b/.test(one))
    .flatMap((one) => [...one.matchAll(/\[([^\]]*)\]\s*TJ/g)].map(([, shown = '']) => shown))
    .map((shown) => [...shown.matchAll(/<([0-9a-fA-F]*)>/g)].map(([, hex = '']) => hex).join(''))
  return fonts
    .flatMap((font) =>
      pieces.map((hex) =>
        (hex.match(/.{4}/g) ?? []).map((glyph) => font.get(Number.parseInt(glyph, 16)) ?? '').join(''),
      ),
    )
    .join('\n')
}

function streamsOf(pdf: Buffer): string[] {
  const found: string[] = []
  for (let at = pdf.indexOf('stream\n'); at !== -1; at = pdf.indexOf('stream\n', at + 1)) {
    const start = at + 'stream\n'.length
    const bytes = pdf.subarray(start, pdf.indexOf('endstream', start))
    if (bytes[0] === 0x78) found.push(inflateSync(bytes).toString('latin1'))
  }
  return found
}

/** Characters by glyph, as a ToUnicode table gives them. */
function glyphsOf(table: string): Map<number, string> {
  const glyphs = new Map<number, string>()
  for (const [, first = '', , listed = ''] of table.matchAll(/<(\w+)>\s*<(\w+)>\s*\[([^\]]*)\]/g)) {
    for (const [index, [, code = '']] of [...listed.matchAll(/<([0-9a-fA-F]+)>/g)].entries())
      glyphs.set(
        Number.parseInt(first, 16) + index,
        String.fromCharCode(...(code.match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16))),
      )
  }
  return glyphs
}
