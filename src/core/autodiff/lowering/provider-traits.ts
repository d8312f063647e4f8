/** @file What an execution provider cannot run, measured on onnxruntime-web 1.30 and -node 1.30. */

/** The traits change the operators that are emitted, never the numbers. */
export interface ProviderTraits {
  readonly id: 'native' | 'wasm' | 'webgpu'
  /** ConvTranspose with three spatial axes. */
  readonly convTranspose3d: boolean
  /** Conv with three spatial axes and group > 1. */
  readonly groupedConv3d: boolean
  /** Phases are interleaved faster by a ConvTranspose of unit blocks than by a Transpose. */
  readonly interleavesByConv: boolean
  /** Resize with antialiasing. */
  readonly antialias: boolean
  /**
   * 2-D convolutions run on blocks of channels, and so does what follows while it is Add, Mul, Relu,
   * Sigmoid, Tanh or HardSigmoid; any other operator needs a plain copy.
   */
  readonly blockedLayout: boolean
  /** A node may wait for a value that it does not need, through an operand of one element. */
  readonly heedsOrder: boolean
}

const ALL = {
  convTranspose3d: true,
  groupedConv3d: true,
  interleavesByConv: true,
  antialias: true,
  heedsOrder: true,
}
const NONE = {
  convTranspose3d: false,
  groupedConv3d: false,
  interleavesByConv: false,
  antialias: false,
  heedsOrder: false,
}

const TRAITS: Readonly<Record<ProviderTraits['id'], ProviderTraits>> = {
  native: { id: 'native', ...ALL, blockedLayout: true },
  wasm: { id: 'wasm', ...ALL, blockedLayout: false },
  webgpu: { id: 'webgpu', ...NONE, blockedLayout: false },
}

export function traitsOf(id: ProviderTraits['id']): ProviderTraits {
  return TRAITS[id]
}
