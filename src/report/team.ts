import type { Kind } from './kinds.ts'

export const team: Kind = { name: 'team', title: 'team', pages: null, needsTeam: true, gather: async () => [] }
