/** What was read last, up to `budget` bytes as `set` tells them; what is larger alone is not kept. */
export function bounded<Value>(budget: number) {
  const kept = new Map<string, { readonly value: Value; readonly bytes: number }>()
  let total = 0
  const forget = (key: string) => {
    total -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get(key: string): Value | undefined {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found.value
    },
    set(key: string, value: Value, bytes: number): void {
      forget(key)
      if (bytes > budget) return
      kept.set(key, { value, bytes })
      total += bytes
      for (const oldest of kept.keys()) {
        if (total <= budget) return
        forget(oldest)
      }
    },
  }
}
