/** @file The output phases of a transposed convolution along one axis. */

/**
 * A convolution reads input i = s*o - p + k*d at tap k, so its adjoint sums y[o] * w[k] into
 * i = s*q + r (phase r) over the taps with t = (r + p - k*d) / s an integer, from o = q + t: for
 * every phase a stride-1 convolution over q.
 */
export interface PhasePlan {
  /** The phases that any tap reaches, `firstPhase` on; the others are zero. */
  readonly firstPhase: number
  readonly phases: number
  /** Taps of the stride-1 convolution. */
  readonly taps: number
  readonly dilation: number
  /** phases x taps: the original tap, or `kernel` (one past the last) for a zero. */
  readonly tapIndex: readonly number[]
  readonly padBegin: number
  readonly padEnd: number
  /** Positions per phase: ceil(inputSize / stride). */
  readonly positions: number
}

export interface AxisGeometry {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly padBegin: number
  /** Size of the convolution's input, which is the adjoint's output. */
  readonly inputSize: number
  /** Size of the convolution's output, which is the adjoint's input. */
  readonly outputSize: number
}

export function planPhases(axis: AxisGeometry): PhasePlan {
  const { kernel, stride, dilation, padBegin, inputSize, outputSize } = axis
  if (stride === 1) {
    return {
      firstPhase: 0,
      phases: 1,
      taps: kernel,
      dilation,
      tapIndex: Array.from({ length: kernel }, (_, j) => kernel - 1 - j),
      padBegin: (kernel - 1) * dilation - padBegin,
      padEnd: padBegin + inputSize - outputSize,
      positions: inputSize,
    }
  }
  const reached: { phase: number; offset: number; tap: number }[] = []
  for (let phase = 0; phase < stride; phase++) {
    for (let tap = 0; tap < kernel; tap++) {
      const offset = (phase + padBegin - tap * dilation) / stride
      if (Number.isInteger(offset)) reached.push({ phase, offset, tap })
    }
  }
  const firstPhase = Math.min(...reached.map(({ phase }) => phase))
  const phases = Math.max(...reached.map(({ phase }) => phase)) - firstPhase + 1
  const lowest = Math.min(...reached.map(({ offset }) => offset))
  const highest = Math.max(...reached.map(({ offset }) => offset))
  const taps = highest - lowest + 1
  const tapIndex = new Array<number>(phases * taps).fill(kernel)
  for (const { phase, offset, tap } of reached) {
    tapIndex[(phase - firstPhase) * taps + offset - lowest] = tap
  }
  const positions = Math.ceil(inputSize / stride)
  return {
    firstPhase,
    phases,
    taps,
    dilation: 1,
    tapIndex,
    padBegin: -lowest,
    padEnd: highest + positions - outputSize,
    positions,
  }
}
