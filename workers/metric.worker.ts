/** @file Metric worker: sorts a map against its truth once; holds nothing between calls. */

import { compareMaps } from '../src/core/metrics/compare-maps.ts'
import { tableTransfers } from '../src/core/metrics/localisation-table.ts'
import { measureLocalisation } from '../src/core/metrics/measure-localisation.ts'
import type { MetricApi } from '../src/rpc/metric-api.ts'
import { serve } from '../src/rpc/serve.ts'

serve<MetricApi>(self, {
  async compare({ first, second, image }) {
    return { reply: { rank: compareMaps(first, second, image) }, transfer: [] }
  },

  async measure(request) {
    const reply = measureLocalisation(request)
    return { reply, transfer: tableTransfers(reply.table) }
  },
})
