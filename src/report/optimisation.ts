import type { Kind } from './kinds.ts'

export const optimisation: Kind = {
  name: 'optimisation',
  title: 'optimisation',
  pages: null,
  needsTeam: false,
  gather: async () => [],
}
