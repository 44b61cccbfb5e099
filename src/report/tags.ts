import type { Kind } from './kinds.ts'

export const tags: Kind = { name: 'tags', title: 'tags', pages: null, needsTeam: false, gather: async () => [] }
