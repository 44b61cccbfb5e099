/** A seeded source of random numbers. `fork` gives an independent stream by name, so that adding a draw in one place moves no other. */
export interface Random {
  uniform(low?: number, high?: number): number
  logUniform(low: number, high: number): number
  /** Integer in [low, high], both inclusive. */
  int(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  normal(): number
  /** Student-t with `df` > 2 degrees of freedom, scaled to unit variance. */
  heavy(df: number): number
  fork(name: string): Random
}

export function random(seed: string): Random {
  const next = sfc32(seed)
  const uniform = (low = 0, high = 1) => low + (high - low) * next()
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    uniform,
    normal,
    logUniform: (low, high) => Math.exp(uniform(Math.log(low), Math.log(high))),
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick<T>(items: readonly T[]): T {
      return items[Math.floor(next() * items.length)] as T
    },
    heavy(df) {
      let squares = 0
      for (let i = 0; i < Math.round(df); i++) squares += normal() ** 2
      const n = Math.round(df)
      return (normal() / Math.sqrt(squares / n)) * Math.sqrt((n - 2) / n)
    },
    fork: (name) => random(`${seed}/${name}`),
  }
}

function sfc32(seed: string): () => number {
  let [a, b, c, d] = hash128(seed)
  return () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
}

function hash128(text: string): [number, number, number, number] {
  const state: [number, number, number, number] = [1779033703, 3144134277, 1013904242, 2773480762]
  const factors = [597399067, 2869860233, 951274213, 2716044179]
  for (let i = 0; i < text.length; i++) {
    for (let j = 0; j < 4; j++) {
      state[j] =
        (state[(j + 1) % 4] as number) ^ Math.imul((state[j] as number) ^ text.charCodeAt(i), factors[j] as number)
    }
  }
  for (let round = 0; round < 8; round++) {
    for (let j = 0; j < 4; j++) {
      const mixed = Math.imul((state[j] as number) ^ ((state[(j + 3) % 4] as number) >>> 15), factors[j] as number)
      state[j] = mixed ^ (mixed >>> 13)
    }
  }
  return state
}
