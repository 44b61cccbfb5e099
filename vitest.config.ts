import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { askOracle } from './tests/worker/oracle-binding.ts'

const inWorkerd = 'tests/worker/**/*.test.ts'

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          globalSetup: 'tests/support/temporary-folder.ts',
          include: ['tests/**/*.test.ts'],
          exclude: [inWorkerd],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: { REFRESH_SECONDS: '0', RATE_BURST: '400', RATE_PER_MINUTE: '60' },
              serviceBindings: { ORACLE: askOracle as never },
            },
          }),
        ],
        test: {
          name: 'workerd',
          globalSetup: ['tests/support/temporary-folder.ts', 'tests/worker/oracle-setup.ts'],
          include: [inWorkerd],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
