import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'bench/**/*.test.ts',
      'parity/**/*.test.ts',
      'scripts/**/*.test.ts',
      'truth/**/*.test.ts',
    ],
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
