/** @file Times every method against forward runs and gradients made in the same moments. */

import { attributionMethods } from '../src/core/attribution/methods.ts'
import { Failure } from '../src/core/failure.ts'
import type { AnyOptionValues } from '../src/core/options.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'
import type {
  BenchSettings,
  MethodsReport,
  MethodTiming,
  Ratio,
  RefusedMethod,
} from './bench-types.ts'
import { createVolumes, SIZE } from './network.ts'
import { median, smallest, timingOf } from './statistics.ts'
import type { Subject } from './subject.ts'

interface Workload {
  readonly options: AnyOptionValues
  readonly samples: number
  readonly work: string
}

/** One forward run, one gradient and one call of the method, in ms. */
interface Round {
  readonly forward: number
  readonly gradient: number
  readonly method: number
}

type Report = (line: string) => void

/** @param only ids of the methods; empty = all */
export async function measureMethods(
  subject: Subject,
  settings: BenchSettings,
  only: readonly string[],
  report: Report,
): Promise<MethodsReport> {
  const nextVolume = createVolumes()
  const chosen = attributionMethods.filter(({ id }) => only.length === 0 || only.includes(id))
  await subject.forward(nextVolume())
  await subject.forward(nextVolume())
  const forwards: number[] = []
  const methods: MethodTiming[] = []
  const refused: RefusedMethod[] = []
  for (const { id } of chosen) {
    const workload = workloadOf(id, settings)
    const began = performance.now()
    const rounds = await unlessRefused(measure(subject, id, workload, settings, nextVolume))
    if (typeof rounds === 'string') {
      refused.push({ id, reason: rounds })
      report(`${id}: ${rounds}`)
      continue
    }
    forwards.push(...rounds.all.map(({ forward }) => forward))
    const timing = await summarise(subject, id, workload, rounds, nextVolume())
    methods.push(timing)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    report(`${id}: ${timing.perForward.median.toFixed(2)} x forward, ${seconds} s`)
  }
  return {
    provider: subject.provider,
    forward: timingOf(forwards),
    // Occlusion makes plain forward runs: its estimate is theirs.
    forwardEstimateBytes: await subject.estimate('occlusion', nextVolume()),
    methods,
    refused,
  }
}

/** What the work gives, or the sentence by which a method says that the network is not for it. */
async function unlessRefused<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unsupported-model') return error.message
    throw error
  }
}

function workloadOf(id: string, { isQuick }: BenchSettings): Workload {
  switch (id) {
    case 'expected-gradients':
    case 'smoothgrad': {
      const samples = isQuick ? 5 : 25
      return { options: { samples }, samples, work: `${samples} samples` }
    }
    case 'integrated-gradients': {
      const steps = isQuick ? 10 : 50
      return { options: { steps }, samples: steps, work: `${steps} steps` }
    }
    case 'occlusion': {
      // The default (16, stride 8) has 1331 windows here: the same work, much longer.
      const windows = (SIZE / 32) ** 3
      const options = { window: [32], stride: [32] }
      return { options, samples: windows, work: `${windows} windows` }
    }
    default:
      return { options: {}, samples: 1, work: '1 run' }
  }
}

function countRounds(samples: number, { isQuick }: BenchSettings): number {
  if (samples > 1) return isQuick ? 2 : 3
  return isQuick ? 3 : 9
}

async function measure(
  subject: Subject,
  id: string,
  { options, samples }: Workload,
  settings: BenchSettings,
  nextVolume: () => Tensor,
): Promise<{ readonly firstMs: number; readonly all: readonly Round[] }> {
  const time = async (work: () => Promise<void>) => {
    const began = performance.now()
    await work()
    return performance.now() - began
  }
  const gradient = (volume: Tensor) => time(() => subject.attribute('gradient', {}, volume))
  // The forward run first: the method then finds the prediction made, as it does after a click.
  const warm = nextVolume()
  await subject.forward(warm)
  const first = samples > 1 ? { ...options, ...shortened[id] } : options
  const firstMs = await time(() => subject.attribute(id, first, warm))
  await gradient(warm)
  // A long run needs its yardstick at both ends and more than once.
  const repeats = samples > 1 ? 2 : 1
  const all: Round[] = []
  for (let round = 0; round < countRounds(samples, settings); round++) {
    const forwards: number[] = []
    const gradients: number[] = []
    const yardstick = async () => {
      for (let i = 0; i < repeats; i++) {
        const volume = nextVolume()
        forwards.push(await subject.forward(volume))
        gradients.push(await gradient(volume))
      }
    }
    await yardstick()
    const volume = nextVolume()
    forwards.push(await subject.forward(volume))
    const method = await time(() => subject.attribute(id, options, volume))
    if (samples > 1) await yardstick()
    all.push({ forward: mean(forwards), gradient: mean(gradients), method })
  }
  return { firstMs, all }
}

/** Enough to open the session. */
const shortened: Readonly<Record<string, AnyOptionValues>> = {
  'expected-gradients': { samples: 1 },
  'integrated-gradients': { steps: 1 },
  occlusion: { window: [SIZE], stride: [SIZE] },
  smoothgrad: { samples: 1 },
}

async function summarise(
  subject: Subject,
  id: string,
  { samples, work }: Workload,
  { firstMs, all }: { readonly firstMs: number; readonly all: readonly Round[] },
  volume: Tensor,
): Promise<MethodTiming> {
  const perRun = all.map(({ method }) => method / samples)
  return {
    id,
    samples,
    work,
    rounds: all.length,
    firstMs,
    ...timingOf(all.map(({ method }) => method)),
    perForward: ratio(
      perRun,
      all.map(({ forward }) => forward),
    ),
    perGradient: ratio(
      perRun,
      all.map(({ gradient }) => gradient),
    ),
    estimateBytes: await subject.estimate(id, volume),
  }
}

function ratio(times: readonly number[], units: readonly number[]): Ratio {
  return {
    median: median(times.map((time, i) => time / (units[i] ?? Number.NaN))),
    ofMinima: smallest(times) / smallest(units),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
