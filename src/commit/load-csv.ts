import { bad, loadText, readHeader, type TextFile } from '../lake/text-table.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

/**
 * Loads a CSV file as text into a table of `warehouse` with the columns of its header and `row`, the number of the row in the file.
 *
 * @param shapes column names of the shapes the file may have, each complete
 * @returns the file, and the shape that its header has
 * @throws UserError for a file that cannot be read, another header, or a row with another number of fields
 */
export async function loadCsv(
  warehouse: Warehouse,
  file: string,
  table: string,
  shapes: readonly (readonly string[])[],
): Promise<TextFile & { readonly shape: readonly string[] }> {
  const header = readHeader(file)
  if (header.length === 0)
    throw bad(file, 1, shapes[0]?.[0] ?? '', 'the file is empty', `Give a CSV file with the header ${spelled(shapes)}.`)
  const shape = shapes.find((names) => names.length === header.length && names.every((name) => header.includes(name)))
  if (!shape) {
    const known = shapes.flat()
    const odd = header.find((name, index) => !known.includes(name) || header.indexOf(name) < index)
    const lacks = shapes[0]?.find((name) => !header.includes(name))
    const what = odd !== undefined ? 'is not expected here' : 'is not in the header'
    throw bad(file, 1, odd ?? lacks ?? header.join(','), what, `The header is ${spelled(shapes)}.`)
  }
  await loadText(warehouse, { file, header }, { table, columns: header, isNumbered: true })
  return { file, header, shape }
}

function spelled(shapes: readonly (readonly string[])[]): string {
  return shapes.map((names) => names.join(',')).join(' or ')
}
