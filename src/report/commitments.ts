import type { Kind } from './kinds.ts'

export const commitments: Kind = {
  name: 'commitments',
  title: 'commitments',
  pages: null,
  needsTeam: false,
  gather: async () => [],
}
