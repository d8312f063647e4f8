/** @file Composition root of the page. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { version } from '../package.json'
import { spawnAttributionClient } from './client/spawn-attribution-client.ts'
import { spawnMetricClient } from './client/spawn-metric-client.ts'
import { spawnVolumeClient } from './client/spawn-volume-client.ts'
import { createAppStore } from './store/app-store.ts'
import { wakeWorkers } from './store/wake-workers.ts'
import { App } from './ui/app.tsx'
import { fetchBytes } from './ui/fetch-bytes.ts'
import { localMemory } from './ui/local-memory.ts'
import './ui/styles/tokens.css'
import './ui/styles/base.css'
import './ui/styles/layout.css'
import './ui/styles/controls.css'
import './ui/styles/chooser.css'
import './ui/styles/panels.css'
import './ui/styles/gallery.css'
import './ui/styles/truth.css'
import { AppStoreContext } from './ui/use-app.ts'
import { narrow } from './ui/use-narrow-page.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const parameters = new URLSearchParams(location.search)
const wanted = parameters.get('provider')
const clients = {
  attribution: spawnAttributionClient().call,
  metric: spawnMetricClient().call,
  volume: spawnVolumeClient().call,
}
wakeWorkers(clients)
const store = createAppStore({
  clients,
  fetchBytes,
  memory: localMemory,
  systemTheme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
  drawer: matchMedia(narrow).matches ? 'none' : 'right',
  prefer: wanted === 'wasm' || wanted === 'webgpu' ? wanted : 'auto',
  appVersion: version,
})
void store.getState().start(parameters.get('case'), parameters.has('guess'))

createRoot(root).render(
  <StrictMode>
    <AppStoreContext value={store}>
      <App />
    </AppStoreContext>
  </StrictMode>,
)
