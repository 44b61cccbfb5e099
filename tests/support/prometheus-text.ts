/** One value of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads an exposition line by line; throws for a line that neither format has. */
export function samplesOf(text: string) {
  const types = new Map<string, string>()
  const series: Sample[] = []
  for (const line of text.split('\n').filter((one) => one !== '' && one !== '# EOF')) {
    const [, type, kind] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? []
    if (type && kind) types.set(type, kind)
    if (line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === '' || (Number.isNaN(Number(value)) && !/^(nan|[+-]inf)$/i.test(value)))
      throw new Error(`no sample: ${line}`)
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', one = '']) => [key, one])
    series.push({ name, labels: Object.fromEntries(pairs), value: Number(value) })
  }
  const value = (name: string, labels: Sample['labels'] = {}) => {
    const found = series.filter(
      (one) => one.name === name && Object.entries(labels).every(([key, wanted]) => one.labels[key] === wanted),
    )
    if (found.length !== 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`)
    return (found[0] as Sample).value
  }
  return { types, series, value }
}
