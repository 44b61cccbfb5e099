import { type Load, type Loaded, load } from './load.ts'

export const rounds = 5

/** The same load on each server by turns, since the machine's own speed changes. */
export async function inTurns(
  asked: Omit<Load, 'port' | 'seconds'>,
  ports: readonly number[],
): Promise<readonly (readonly Loaded[])[]> {
  const all = []
  for (let round = 0; round <= rounds; round += 1) {
    const each = []
    for (const port of ports) each.push(await load({ ...asked, port, seconds: round === 0 ? 0.5 : 1.2 }))
    if (each.some(({ failed }) => failed > 0)) throw new Error(`${asked.path(0)} answered other than 200`)
    if (round > 0) all.push(each)
  }
  return all
}
