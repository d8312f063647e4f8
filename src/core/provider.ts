/** What runs the graphs, and why it was chosen: data that the page shows and every record keeps. */
export interface ProviderInfo {
  readonly id: 'native' | 'wasm' | 'webgpu'
  readonly threads: number
  /** "WebGPU, NVIDIA", "WASM, 2 threads", "native, 2 threads". */
  readonly label: string
  /** Why this one: "no GPU adapter", "page is not cross-origin isolated, so one thread"... */
  readonly reason: string
}
