/** Who may import whom. An allow-list: a file under src/ in a folder not named here is refused. */
const only = (name, from, to, why) => ({
  name,
  comment: why,
  severity: 'error',
  from: { path: from, pathNot: '([.]test[.]tsx?$)|(^src/(client|engine|store)/testing/)' },
  to: { pathNot: to },
})
const npm = (...names) => `node_modules/(${names.join('|')})/`

const folders = 'core|engine|rpc|client|store|viewer|ui|cli'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    only(
      'core',
      '^src/core/(?!testing/|onnx/wire[.]ts|volume/gzip[.]ts|volume/nifti)',
      '^src/core/',
      'core is pure: no package, no DOM, no Node, no other folder',
    ),
    only(
      'core-protobuf-door',
      '^src/core/onnx/wire[.]ts',
      `^(src/core/|${npm('@bufbuild/protobuf')})`,
      'the one place that reads and writes protobuf',
    ),
    only(
      'core-gzip-door',
      '^src/core/volume/gzip[.]ts',
      `^(src/core/|${npm('fflate')})`,
      'the one place that inflates and deflates',
    ),
    only(
      'core-nifti-door',
      '^src/core/volume/nifti',
      `^(src/core/|${npm('nifti-reader-js')})`,
      'the one place that reads and writes NIfTI',
    ),
    only(
      'core-testing',
      '^src/core/testing/',
      `^(src/(core|engine)/|node:|${npm('fast-check', 'onnxruntime-node', 'onnxruntime-common')})|^[a-z_/]+$`,
      'oracles may run the native runtime; nothing shipped imports them',
    ),
    {
      name: 'testing-is-for-tests',
      comment: 'oracles and test networks stay out of the product',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '([.]test[.]tsx?$)|/testing/' },
      to: { path: '^src/core/testing/' },
    },
    only(
      'rpc',
      '^src/rpc/',
      '^(src/(rpc|core)/|src/engine/runtime[.]ts$)',
      'rpc is the contract between threads (runtime.ts for its types only)',
    ),
    only(
      'engine',
      '^src/engine/',
      `^(src/(engine|core)/|${npm('onnxruntime-web', 'onnxruntime-node', 'onnxruntime-common')}|node:)|^os$`,
      'the only door to ONNX Runtime',
    ),
    {
      name: 'engine-doors-apart',
      comment: 'the browser never loads the Node runtime, Node never the browser one',
      severity: 'error',
      from: {
        path: '^(workers|src/(client|store|ui|viewer|main))',
        pathNot: '([.]test[.]tsx?$)|^src/store/testing/',
      },
      to: { path: '^src/engine/runtime-node', reachable: true },
    },
    only('workers', '^workers/', '^(workers/|src/(core|rpc|engine)/)', 'workers never see the UI'),
    only(
      'client',
      '^src/client/',
      '^(src/(client|rpc|core)/|workers/[^/]+[.]worker[.]ts$)',
      'the only spawner of workers',
    ),
    only(
      'store',
      '^src/store/',
      `^(src/(store|client|rpc|core)/|src/engine/runtime[.]ts$|${npm('zustand')})`,
      'state without React',
    ),
    only(
      'viewer',
      '^src/viewer/',
      `^(src/(viewer|core)/|${npm('@niivue', 'react', '@types/react', 'd3-scale-chromatic', '@types/d3-scale-chromatic')})`,
      'the only door to NiiVue',
    ),
    only(
      'ui',
      '^src/ui/',
      `^(src/(ui|store|viewer|core|rpc)/|src/engine/runtime[.]ts$|${npm('react', 'react-dom', 'zustand', '@types', 'radix-ui', '@radix-ui', 'lucide-react', 'uplot')})`,
      'panels talk to the store',
    ),
    only(
      'cli',
      '^src/cli/',
      '^(src/(cli|engine|core)/|node:)|^[a-z_/]+$',
      'the command needs no page',
    ),
    only(
      'truth',
      '^truth/(?!testing/)',
      '^(truth/|src/(core|engine)/|node:)|^[a-z_/]+$',
      'the measurement uses what the command uses: core and engine',
    ),
    only(
      'e2e',
      '^e2e/',
      `^(e2e/|src/core/testing/(compile-(methods|rules)|compiled-graph)[.]ts$|${npm('@playwright', 'playwright', 'playwright-core', 'axe-core', '@types')}|node:)|^[a-z_/]+$`,
      'e2e sees only the page, and hands it the compiled graphs of every rule',
    ),
    {
      name: 'folders-are-named',
      comment: 'a new folder under src/ must be added to the allow-list above',
      severity: 'error',
      from: { path: '^src/(?!main[.]tsx)', pathNot: `^src/(${folders})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'cycles of types alone are the slices of one store',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '[?]url$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
}
