/**
 * About how wide a text is set in Roboto, in the unit of `size`; a little more than it is, so that what fits by this fits.
 *
 * Widths by kind of letter are those of Roboto Regular's metrics, rounded up.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0
  for (const letter of text) ems += emsOf(letter)
  return ems * size
}

function emsOf(letter: string): number {
  if (/[ijlI.,:;'|!\u00a0 ]/.test(letter)) return 0.29
  if (/[frt()[\]\-–/\\"]/.test(letter)) return 0.4
  if (/[mwMW%@…—]/.test(letter)) return 0.9
  if (/[A-Z&]/.test(letter)) return 0.68
  if (/[\u0020-\u024f−]/.test(letter)) return 0.58
  return 1
}

/** `text` cut so that it is no wider than `width`. Ids lose their middle: their end tells them apart. */
export function fitText(text: string, width: number, size: number, isId = false): string {
  if (textWidth(text, size) <= width) return text
  const letters = [...text]
  for (let kept = letters.length - 1; kept > 0; kept--) {
    const tail = isId ? Math.ceil(kept / 2) : 0
    const short = `${letters.slice(0, kept - tail).join('')}…${tail > 0 ? letters.slice(-tail).join('') : ''}`
    if (textWidth(short, size) <= width) return short
  }
  return '…'
}
