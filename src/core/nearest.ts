/**
 * The known name that `name` most probably means, or undefined when none is near: at most a third of its letters differ
 * (additions, losses, changes and neighbours swapped count one each), blanks, dashes and case apart.
 *
 * @example nearest('curency', ['currency', 'ledger']) // 'currency'
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = fold(name)
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, fold(candidate)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
  const best = ranked[0]
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : undefined
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '_')
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const change = at(last, j - 1) + (same ? 0 : 1)
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, change, swapped ? at(beforeLast, j - 2) + 1 : change))
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
