/** @file Which GPU WebGPU would use, and whether that is a GPU at all. */

export type GpuSearch =
  | {
      readonly found: true
      readonly name: string
      readonly isSoftware: boolean
      /** Largest array that one operator may read or write, in bytes. */
      readonly tensorBytes: number
    }
  | { readonly found: false; readonly reason: string }

export async function findGpu(): Promise<GpuSearch> {
  // Absent outside secure contexts and in browsers without WebGPU, whatever the types say.
  const gpu = (navigator as { gpu?: GPU }).gpu
  if (!gpu) return { found: false, reason: 'this browser has no WebGPU' }
  let adapter: GPUAdapter | null
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  } catch {
    adapter = null
  }
  if (!adapter) return { found: false, reason: 'no GPU adapter' }
  return {
    found: true,
    name: nameOf(adapter.info),
    isSoftware: isSoftware(adapter.info),
    tensorBytes: Math.min(adapter.limits.maxStorageBufferBindingSize, adapter.limits.maxBufferSize),
  }
}

type Info = Pick<GPUAdapterInfo, 'architecture' | 'description' | 'isFallbackAdapter' | 'vendor'>

/** "nvidia ampere", "google swiftshader"; browsers leave fields empty against fingerprinting. */
export function nameOf({ vendor, architecture, description }: Info): string {
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'GPU'
}

export function isSoftware(info: Info): boolean {
  const words = `${info.vendor} ${info.architecture} ${info.description}`
  return info.isFallbackAdapter || /swiftshader|llvmpipe|basic render|software/i.test(words)
}
