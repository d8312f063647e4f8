/** @file The choices for the next run: method, options, target, layer, baseline, seed. */

import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import { decodeNpy } from '../core/tensor/npy.ts'
import { countNonFinite } from '../core/tensor/statistics.ts'
import type { AppState, Slice } from './app-state.ts'
import { type Clients, unattended } from './clients.ts'
import { crosshairClass } from './crosshair-target.ts'
import type { LocalFile } from './data-state.ts'
import { describeError } from './describe-error.ts'
import type { ExplainSlice } from './explain-state.ts'
import { kindOfFile } from './file-kinds.ts'
import { type BaselineFile, FILES, rowsOf } from './make-baseline.ts'

export const createExplainSlice =
  (clients: Clients): Slice<ExplainSlice> =>
  (set, get) => {
    let files = 0
    const estimateMemory = async () => {
      const { methodId, model, prepared } = get()
      if (!model || !prepared) return set({ memory: null })
      try {
        const need = await clients.attribution(
          'estimate',
          { methodId, inputs: prepared.inputs, target: plainTarget(get()) },
          unattended(),
        )
        if (get().methodId === methodId) set({ memory: { methodId, ...need } })
      } catch {
        // The estimate is a help, not a condition: the run itself says what is wrong.
        set({ memory: null })
      }
    }
    const openBaseline = async (file: LocalFile): Promise<BaselineFile> => {
      const bytes = new Uint8Array(await file.arrayBuffer())
      const { name } = file
      const id = `baseline-${files++}`
      if (kindOfFile(name) === 'volume') {
        const info = await clients.volume('open', { name, bytes }, unattended())
        return { id, name, rows: 1, kind: 'volume', volumeId: info.id }
      }
      if (kindOfFile(name) !== 'array') {
        throw new Failure(
          'bad-file',
          `${name} cannot be a baseline: a volume (.nii, .nii.gz) or an array (.npy) can.`,
        )
      }
      const { tensor } = decodeNpy(bytes)
      const bad = countNonFinite(tensor.data)
      if (tensor.data.length === 0 || bad > 0) {
        const fault = bad > 0 ? `${bad} of its values are not finite numbers` : 'it is empty'
        throw new Failure('bad-file', `${name} cannot be a baseline: ${fault}.`)
      }
      return { id, name, rows: tensor.dims[0] ?? 1, kind: 'array', tensor }
    }
    const forget = (file: BaselineFile) => {
      const isUsed = get().runs.some(({ request }) => request.baselineFiles.includes(file))
      if (file.kind !== 'volume' || isUsed) return
      clients.volume('close', { id: file.volumeId }, unattended()).catch(() => undefined)
    }
    return {
      methodId: 'gradient',
      optionsByMethod: {},
      target: 'argmax',
      layer: null,
      baseline: 'zeros',
      baselineFiles: [],
      baselineError: null,
      seed: 0,
      pace: null,
      memory: null,
      description: null,
      chooseMethod(id) {
        set({ methodId: findMethod(id).id, memory: null })
        void estimateMemory()
      },
      setOption(name, value) {
        const { methodId, optionsByMethod } = get()
        const options = { ...optionsByMethod[methodId], [name]: value }
        set({ optionsByMethod: { ...optionsByMethod, [methodId]: options } })
      },
      resetOptions() {
        const { [get().methodId]: _, ...rest } = get().optionsByMethod
        set({ optionsByMethod: rest })
      },
      setTarget(words) {
        const before = explainedValue(get().target)
        const target = words.trim() === '' ? 'argmax' : words.trim()
        set({ target })
        if (explainedValue(target) !== before) void get().describe()
      },
      setLayer: (layer) => set({ layer }),
      setBaseline: (baseline) => set({ baseline, baselineError: null }),
      setSeed: (seed) => set({ seed }),
      async addBaselineFiles(given) {
        set({ baseline: FILES, baselineError: null })
        for (const file of given) {
          try {
            const { prepared } = get()
            const opened = await openBaseline(file)
            const rows = prepared
              ? (await rowsOf(clients, opened, prepared, unattended().signal)).length
              : opened.rows
            set({ baselineFiles: [...get().baselineFiles, { ...opened, rows }] })
          } catch (error) {
            const { text } = describeError(error, `Opening ${file.name}`)
            set({ baselineError: text.includes(file.name) ? text : `${file.name}: ${text}` })
          }
        }
      },
      removeBaselineFile(id) {
        const removed = get().baselineFiles.find((file) => file.id === id)
        set({
          baselineFiles: get().baselineFiles.filter((file) => file !== removed),
          baselineError: null,
        })
        if (removed) forget(removed)
      },
      async describe() {
        const { model, prepared, prediction } = get()
        if (!model || !prepared || prediction.kind !== 'done') return
        try {
          const description = await clients.attribution(
            'describe',
            { inputs: prepared.inputs, target: plainTarget(get()) },
            unattended(),
          )
          if (get().prepared === prepared) set({ description })
        } catch {
          // Without it the choices are the same, with less said about them.
        }
      },
    }
  }

/** The target as the engine knows it; the regions that only the page can find do not matter here. */
function plainTarget({ target }: Pick<AppState, 'target'>): string {
  const classIndex = crosshairClass(target)
  return classIndex === null ? target.replace('@mask', '') : String(classIndex)
}

/** What the target is a part of: another output or inner value, scores or probabilities. */
function explainedValue(target: string): string {
  const name = target.slice(0, target.lastIndexOf(':') + 1)
  return target.includes('probability(') ? `${name}probability` : name
}
