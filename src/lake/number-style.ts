import type { Format, InputType, Recognition } from '../formats/format.ts'
import type { InspectedFile } from './inspect.ts'

/** Conventions that hold for a whole file, decided from its sample. */
export interface NumberStyle {
  readonly decimalComma: boolean
  readonly dayFirst: boolean
}

const plainNumber = /^[+-]?\d*\.?\d*(e[+-]?\d+)?$/i
/** Cells kept of a column whose amounts are all plain numbers, and of one that needs a closer look. */
const kept = { plain: 20, odd: 200 }

/** Whether decimals are written with a comma, and dates day first: decided by the values that allow only one reading. */
export function numberStyle(file: InspectedFile, format: Format, recognition: Recognition): NumberStyle {
  const amounts = cellsOf(file, format, recognition, 'decimal').flatMap(({ cells }) => cells)
  const comma = amounts.filter(
    (text) => /,\d+([eE][+-]?\d+)?$/.test(text) && !/^[+-]?\d{1,3}(,\d{3})+$/.test(text),
  ).length
  const point = amounts.filter(
    (text) => /\.\d+([eE][+-]?\d+)?$/.test(text) && !/^[+-]?\d{1,3}(\.\d{3})+$/.test(text),
  ).length
  const ambiguous = amounts.filter((text) => /^[+-]?\d{1,3}(,\d{3})+$/.test(text)).length
  const dates = cellsOf(file, format, recognition, 'instant').flatMap(({ cells }) =>
    cells.flatMap((text) => /^(\d{1,2})\/(\d{1,2})\/\d{2,4}/.exec(text) ?? []),
  )
  return {
    decimalComma: point === 0 && (comma > 0 || (ambiguous > 0 && file.csv?.dialect.delimiter === ';')),
    dayFirst:
      dates.some((text, index) => index % 3 === 1 && Number(text) > 12) &&
      !dates.some((text, index) => index % 3 === 2 && Number(text) > 12),
  }
}

/** Says once per column that amounts carry currency signs or separators and are read without them; judged by the sample. */
export function decoratedAmounts(file: InspectedFile, format: Format, recognition: Recognition): string[] {
  const { decimalComma } = numberStyle(file, format, recognition)
  const plain = decimalComma ? /^[+-]?[\d.]*,?\d*(e[+-]?\d+)?$/i : plainNumber
  return cellsOf(file, format, recognition, 'decimal').flatMap(({ position, cells }) => {
    const cell = cells.find((text) => !plain.test(text))
    return cell === undefined
      ? []
      : [`${file.original}: column ${file.head.columns[position]} holds amounts such as '${cell}', read as numbers`]
  })
}

/**
 * The file with no more of its sample than `numberStyle` and `decoratedAmounts` look at. A delivery has many files, and the whole
 * samples of all of them would take hundreds of megabytes.
 */
export function withoutSample(file: InspectedFile, format: Format, recognition: Recognition): InspectedFile {
  const columns = [
    ...cellsOf(file, format, recognition, 'decimal').map(({ position, cells }) => ({
      position,
      cells: tellingAmounts(cells),
    })),
    ...cellsOf(file, format, recognition, 'instant').map(({ position, cells }) => ({
      position,
      cells: [...new Set(cells.filter((text) => /^\d{1,2}\/\d{1,2}\//.test(text)))],
    })),
  ]
  const height = Math.max(0, ...columns.map(({ cells }) => cells.length))
  const sample = Array.from({ length: height }, (_, row) => {
    const values: string[] = []
    for (const { position, cells } of columns) values[position] = cells[row] ?? ''
    return values
  })
  const head = { ...file.head, sample }
  return { ...file, head, csv: file.csv && { ...file.csv, sample } }
}

function tellingAmounts(cells: readonly string[]): string[] {
  const distinct = [...new Set(cells)]
  const odd = distinct.filter((text) => !plainNumber.test(text))
  const plain = distinct
    .filter((text) => plainNumber.test(text))
    .sort((a, b) => Number(b.includes('.')) - Number(a.includes('.')))
  return [...odd.slice(0, kept.odd), ...plain.slice(0, kept.plain)]
}

/** The sample's cells of every column that the format reads as `type`, trimmed. */
function cellsOf(file: InspectedFile, format: Format, recognition: Recognition, type: InputType) {
  return recognition.canonical.flatMap((canonical, position) =>
    canonical !== null && format.input[canonical] === type && recognition.canonical.indexOf(canonical) === position
      ? [{ position, cells: file.head.sample.map((row) => row[position]?.trim() ?? '') }]
      : [],
  )
}
