import { defineConfig } from 'vite'

/** What `npm run truth` runs on Node; packages are left where npm put them. */
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'truth/node.ts',
    outDir: 'node_modules/.cache/saliscope/truth/build',
    emptyOutDir: true,
    target: 'node20',
  },
})
