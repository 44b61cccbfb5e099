/** Upper bounds in seconds; an answer out of the cache takes less than the first, a long download more than the last. */
const bounds = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

interface Series {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string }
  /** Answers by the first bound that they do not exceed; the last one exceeds all. */
  readonly buckets: number[]
  sum: number
}

/** Durations of answered requests by method, route and class of status. */
export interface RequestHistogram {
  /** Costs no more than a look-up: it is called for every request. */
  add(method: string, route: string | null, status: number, seconds: number): void
  /** As prom-client takes a metric of its own kind. */
  get(): Promise<object>
}

export function requestHistogram(name: string, help: string): RequestHistogram {
  const series = new Map<string, Series>()
  const make = (key: string, method: string, route: string | null, status: number) => {
    const labels = { method: methods.has(method) ? method : 'other', route: route ?? 'none', status: `${status}xx` }
    const made: Series = { labels, buckets: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
    series.set(key, made)
    return made
  }
  return {
    add(method, route, status, seconds) {
      const group = Math.floor(status / 100)
      const key = `${group} ${methods.has(method) ? method : 'other'} ${route}`
      const one = series.get(key) ?? make(key, method, route, group)
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1
      one.buckets[bucket] = (one.buckets[bucket] as number) + 1
      one.sum += seconds
    },
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: [...series.values()].flatMap(values),
    }),
  }
  function values({ labels, buckets, sum }: Series) {
    let count = 0
    const cumulated = buckets.map((own, index) => {
      count += own
      const le = index < bounds.length ? bounds[index] : '+Inf'
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
    })
    return [
      ...cumulated,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ]
  }
}
