import type { FileHead, Format, Recognition } from './format.ts'

/** Every import format, most specific first: the first that recognises a file takes it. */
export const formats: readonly Format[] = []

/** The format that takes this file, or null. */
export function recognise(head: FileHead): { format: Format; recognition: Recognition } | null {
  for (const format of formats) {
    const recognition = format.recognise(head)
    if (recognition) return { format, recognition }
  }
  return null
}
