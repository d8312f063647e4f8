/** @file The list of runs: one at a time on the worker, the others wait in line where all can see. */

import { findMethod } from '../core/attribution/methods.ts'
import { Failure } from '../core/failure.ts'
import type { AppState, Slice } from './app-state.ts'
import { type Clients, unattended } from './clients.ts'
import { isConcealed } from './concealed.ts'
import { crosshairClass, crosshairTarget } from './crosshair-target.ts'
import { describeError } from './describe-error.ts'
import { defaultDisplay } from './display-slice.ts'
import { estimateMs, optionsOf, updatePace } from './estimate.ts'
import { executeRun, showInput } from './execute-run.ts'
import { failureActions } from './failure-actions.ts'
import { formatMm, formatSeconds } from './format.ts'
import { FILES } from './make-baseline.ts'
import { targetName } from './neutral-names.ts'
import { openVariant } from './open-entry.ts'
import type { Run, RunRequest, RunSlice, RunState } from './run-state.ts'

export const createRunSlice =
  (clients: Clients): Slice<RunSlice> =>
  (set, get) => {
    let lastId = 0
    /** The run to show when it ends; null once the user has chosen another one. */
    let followed: string | null = null
    const controllers = new Map<string, AbortController>()
    const settled = new Map<string, () => void>()

    const find = (id: string) => get().runs.find((run) => run.id === id)
    const replace = (id: string, change: (run: Run) => Run) =>
      set({ runs: get().runs.map((run) => (run.id === id ? change(run) : run)) })
    const setState = (id: string, state: RunState) => replace(id, (run) => ({ ...run, state }))
    const settle = (id: string) => {
      settled.get(id)?.()
      settled.delete(id)
      controllers.delete(id)
    }

    const startNext = () => {
      if (get().runs.some(({ state }) => state.kind === 'running')) return
      const next = get().runs.find(({ state }) => state.kind === 'queued')
      if (next) void work(next)
    }

    const work = async (run: Run) => {
      const controller = new AbortController()
      controllers.set(run.id, controller)
      setState(run.id, { kind: 'running', progress: null })
      try {
        const { truth } = get()
        const result = await executeRun(clients, run, truth, {
          signal: controller.signal,
          onProgress: (progress) => {
            if (find(run.id)?.state.kind === 'running' && !controller.signal.aborted) {
              setState(run.id, { kind: 'running', progress })
            }
          },
        })
        const display = { ...run.display, ...inheritedDisplay(get().runs, result.isSigned) }
        if (controller.signal.aborted) return
        const state = { kind: 'done', result, measurement: null } as const
        replace(run.id, (old) => ({ ...old, display, state }))
        set({ pace: updatePace(get().pace, run.request, result.elapsedMs, run.source) })
        get().noteProvider(result.provider)
        if (followed === run.id) set({ activeRunId: run.id })
        if (result.flaw !== null) get().notify({ place: 'run', tone: 'caution', text: result.flaw })
        await get().measureRun(run.id)
        await get().compareWithPartner(run.id)
        const { label } = findMethod(run.request.methodId)
        const target = targetName(isConcealed(get()), result.targetLabel, run.source)
        const finished = `${label} for ${target} finished in ${formatSeconds(result.elapsedMs)}.`
        get().announce(result.flaw === null ? finished : `${finished} ${result.flaw}`)
      } catch (error) {
        if (controller.signal.aborted) return
        fail(run, error)
      } finally {
        settle(run.id)
        startNext()
      }
    }

    const fail = (run: Run, error: unknown) => {
      const { kind, text, details } = describeError(error, 'The run')
      if (kind === 'cancelled') return setState(run.id, { kind: 'cancelled' })
      setState(run.id, { kind: 'failed', reason: text, details })
      get().notify({
        place: 'run',
        text,
        details,
        actions: failureActions(kind, run.request.methodId),
      })
    }

    const measure = async (
      run: Run,
      map: Float32Array<ArrayBuffer>,
      sign: Run['display']['sign'],
    ) => {
      const { image } = run.source
      const { truth, images } = get()
      const isLoaded = images[0]?.info.id === image.info.id
      const applies = isLoaded ? truth : null
      const [nx, ny, nz] = image.info.dims
      const [dx, dy, dz] = image.info.spacingMm
      try {
        const { table, scores } = await clients.metric(
          'measure',
          {
            map,
            truth: applies?.mask ?? null,
            evaluation: null,
            dims: [nz, ny, nx],
            spacingMm: [dz, dy, dx],
            sign,
          },
          unattended(),
        )
        return { table, scores, truth: applies }
      } catch (error) {
        const { text, details } = describeError(error, 'Measuring the map')
        get().notify({ place: 'run', text, details, tone: 'caution' })
        return null
      }
    }

    const enqueue = (request: RunRequest) => {
      const { images, model, prepared, caseTitle } = get()
      const [image] = images
      if (!image || !model || !prepared) {
        get().notify({ place: 'run', tone: 'caution', text: 'Open an image and a model first.' })
        return Promise.resolve()
      }
      const source = {
        image,
        modelName: model.name,
        modelSha256: model.loaded.sha256,
        randomSeed: model.randomSeed,
        card: model.card,
        prepared,
        caseTitle,
        variant: openVariant(get()),
      }
      const id = `run-${++lastId}`
      const run: Run = {
        id,
        request,
        source,
        estimateMs: estimateMs({ ...get(), ...request }, request.methodId, request.options),
        state: { kind: 'queued' },
        display: defaultDisplay(true),
      }
      get().clearNotices('run')
      followed = id
      set({ runs: [...get().runs, run] })
      const finished = new Promise<void>((resolve) => settled.set(id, resolve))
      startNext()
      return finished
    }

    return {
      runs: [],
      activeRunId: null,
      startRun() {
        const { methodId, layer, baseline, baselineFiles, seed } = get()
        const { needs } = findMethod(methodId)
        try {
          return enqueue({
            methodId,
            options: optionsOf(get()),
            ...targetOf(get()),
            layer: needs.layer ? layer : null,
            baseline,
            baselineFiles: baseline === FILES ? baselineFiles : [],
            seed,
          })
        } catch (error) {
          const { text, details } = describeError(error, 'The target')
          get().notify({ place: 'run', text, details })
          return Promise.resolve()
        }
      },
      cancelRun(id) {
        const run = find(id)
        if (run?.state.kind !== 'queued' && run?.state.kind !== 'running') return
        controllers.get(id)?.abort()
        setState(id, { kind: 'cancelled' })
        get().announce(`${findMethod(run.request.methodId).label} cancelled.`)
        if (!controllers.has(id)) settle(id)
        startNext()
      },
      retryRun(id) {
        const run = find(id)
        if (!run) return Promise.resolve()
        set({ runs: get().runs.filter((other) => other.id !== id) })
        return enqueue(run.request)
      },
      deleteRun(id) {
        get().cancelRun(id)
        const runs = get().runs.filter((run) => run.id !== id)
        const wasActive = get().activeRunId === id
        const last = runs.findLast(({ state }) => state.kind === 'done')
        set({ runs, ...(wasActive ? { activeRunId: last?.id ?? null } : {}) })
      },
      showRun(id) {
        const run = find(id)
        if (!run) return
        if (run.state.kind !== 'done') {
          followed = id
          return
        }
        followed = null
        set({ activeRunId: id })
      },
      async showRunInput(id, input) {
        const run = find(id)
        if (run?.state.kind !== 'done') return
        const result = showInput(run.state.result, input)
        replace(id, (old) => ({ ...old, state: { kind: 'done', result, measurement: null } }))
        await get().measureRun(id)
      },
      async measureRun(id) {
        const run = find(id)
        if (run?.state.kind !== 'done') return
        const { sign } = run.display
        const measurement = await measure(run, run.state.result.map, sign)
        const now = find(id)
        if (now?.state.kind !== 'done' || now.display.sign !== sign) return
        const { result } = now.state
        if (result.map !== run.state.result.map) return
        replace(id, (old) => ({ ...old, state: { kind: 'done', result, measurement } }))
      },
      async measureRuns() {
        const imageId = get().images[0]?.info.id
        const own = get().runs.filter(({ source }) => source.image.info.id === imageId)
        await Promise.all(own.map(({ id }) => get().measureRun(id)))
      },
    }
  }

/** The target in the method's grammar; the crosshair's place is where it stands now. */
function targetOf({
  target,
  crosshairMm,
  prepared,
  model,
  prediction,
}: AppState): Pick<RunRequest, 'target' | 'targetWords'> {
  const classIndex = crosshairClass(target)
  const reading = prediction.kind === 'done' ? prediction.reading : null
  if (classIndex === null || !prepared || !model || reading?.kind !== 'segmentation') {
    return { target, targetWords: null }
  }
  if (!crosshairMm) {
    throw new Failure('bad-request', 'The crosshair has no place yet: click into the image first.')
  }
  const name = reading.regions[classIndex]?.name ?? `class ${classIndex}`
  const [x, y, z] = crosshairMm.map(formatMm)
  return {
    target: crosshairTarget(
      classIndex,
      crosshairMm,
      prepared.grid,
      model.card.layout,
      reading.grid,
    ),
    targetWords: `${name} at x ${x}, y ${y}, z ${z} mm`,
  }
}

/** A new map looks like the newest of its kind that the user has set up; else like the defaults. */
function inheritedDisplay(runs: readonly Run[], isSigned: boolean) {
  const same = runs.findLast(
    ({ state }) => state.kind === 'done' && state.result.isSigned === isSigned,
  )
  return same ? { ...same.display, visible: true } : defaultDisplay(isSigned)
}
