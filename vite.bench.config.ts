import { defineConfig } from 'vite'
import page from './vite.config.ts'

/** `--mode node`: the benchmark's Node part. Otherwise its page, served with the headers of the real one. */
export default defineConfig(({ mode }) => {
  const outDir = `node_modules/.cache/saliscope/bench/${mode === 'node' ? 'node' : 'page'}`
  if (mode === 'node') {
    return {
      publicDir: false,
      build: { ssr: 'bench/node.ts', outDir, emptyOutDir: true, target: 'node20' },
    }
  }
  return {
    publicDir: false,
    worker: { format: 'es' },
    build: {
      target: 'es2023',
      outDir,
      emptyOutDir: true,
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: 'bench/page.html' },
    },
    preview: page.preview ?? {},
  }
})
