import { defineConfig } from 'vite'

/** The command line: one file for Node, packages left where npm put them. */
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: 'saliscope.mjs', banner: '#!/usr/bin/env node' } },
  },
})
