import { defineConfig } from '@playwright/test'

/** Software rendering and software WebGPU, and nothing looked up outside this machine. */
const flags = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

// Its own port per run; Playwright's workers read this file again and find it in the environment.
process.env.SALISCOPE_PORT ??= String(20_000 + (process.pid % 20_000))
const port = Number(process.env.SALISCOPE_PORT)
const page = process.env.SALISCOPE_PAGE ?? 'dist/page'
const executablePath = process.env.SALISCOPE_CHROMIUM

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  // Two cores: the page already uses both.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  retries: 1,
  reporter: [['list'], ['json']],
  outputDir: 'node_modules/.cache/saliscope/e2e',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: { args: flags, ...(executablePath ? { executablePath } : {}) },
    screenshot: 'only-on-failure',
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --outDir ${page} --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: false,
  },
})
