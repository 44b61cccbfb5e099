/** The light colours of the style sheet, for what is drawn or printed outside a page. Told apart by people who see no red or green, and in grey. */
export const palette = {
  paper: '#ffffff',
  ink: '#17202b',
  soft: '#55606e',
  line: '#dde2e8',
  rule: '#c3cad3',
  shade: '#f6f7f9',
  link: '#0b5cad',
  good: { text: '#0b6b3a', back: '#e3f4ea' },
  warn: { text: '#8a5300', back: '#fdf0d9' },
  bad: { text: '#a4161a', back: '#fde7e7' },
  none: { text: '#4b5563', back: '#eceff3' },
  series: ['#2f6fb5', '#e08a1e', '#3a9a6e', '#8a5fb0', '#c4505f', '#5b7a86'],
} as const
