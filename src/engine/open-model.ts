/** @file A model, opened: what it holds, what it predicts, and what methods may ask of it. */

import type { ExplainableModel, Target } from '../core/attribution/method.ts'
import type { LayerCandidate } from '../core/attribution/model-description.ts'
import { resolveTarget } from '../core/attribution/target.ts'
import { parseTarget } from '../core/attribution/target-grammar.ts'
import { logitsBehind, sourceOfTarget } from '../core/attribution/target-probability.ts'
import type { ExplanationRecipe } from '../core/autodiff/recipe.ts'
import { decode } from '../core/onnx/codec.ts'
import type { ModelSummary } from '../core/onnx/inspect.ts'
import type { Tensor, Tensors } from '../core/tensor/tensor.ts'
import { countSeparateRows, joinRows, rowOf, targetRow } from './batch-rows.ts'
import { findDefaultLayer, listLayers } from './default-layer.ts'
import { sha256 } from './hash.ts'
import type { MemoryEstimate } from './memory-check.ts'
import { checkInputs, declaredInputs } from './model-inputs.ts'
import { createModelRunner, type ForwardResult } from './model-runner.ts'
import { floatOutputs, prepareModel } from './prepare-model.ts'
import type { Runtime } from './runtime.ts'
import { sharesAfter } from './share-after.ts'
import { summariseModel } from './summarise-model.ts'

/** Where models keep their own card, as JSON. */
const CARD_KEY = 'saliscope.card'

export interface TargetQuestion {
  /** The CLI's grammar; '' = default. */
  readonly spec: string
  readonly mask?: Tensor
  readonly classNames?: readonly string[]
}

export interface OpenModel extends ExplainableModel {
  readonly runtime: Runtime
  readonly summary: ModelSummary
  readonly sha256: string
  /** The card in the model's own metadata, as JSON text. */
  readonly embeddedCard: string | null
  predict(inputs: Tensors): Promise<ForwardResult>
  /** The scalar that `spec` means on these inputs. */
  resolveTarget(inputs: Tensors, question: TargetQuestion): Promise<Target>
  /** The values that a class activation map of the target can be taken from. */
  layers(inputs: Tensors, spec: string): Promise<readonly LayerCandidate[]>
  /** For each of these values, how much of a run towards the target comes after it, 0 to 1. */
  sharesAfter(
    inputs: Tensors,
    spec: string,
    values: readonly string[],
  ): Promise<Readonly<Record<string, number>>>
  /** Of every float output that is a probability: its name, and the value that it is made from. */
  readonly logits: Readonly<Record<string, string>>
  /** Memory of one run of the explanation (of a plain forward run without one). */
  estimate(
    inputs: Tensors,
    explanation?: { readonly recipe: ExplanationRecipe; readonly target: Target },
  ): Promise<MemoryEstimate>
  close(): Promise<void>
}

/**
 * Opens an ONNX file. `bytes` must not change while the model is open. A batch given to a model
 * whose file fixes the batch at 1 is run row by row.
 * @throws Failure with the reason why the file cannot be used
 */
export async function openModel(
  runtime: Runtime,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<OpenModel> {
  const decoded = decode(bytes)
  const summary = summariseModel(decoded, bytes.length)
  const declared = declaredInputs(decoded.graph)
  const prepared = prepareModel(decoded)
  const runner = createModelRunner(runtime, prepared, declared)
  const outputNames = floatOutputs(prepared)
  const explainedBy = (spec: string) =>
    parseTarget(spec, outputNames).valueName ?? outputNames[0] ?? ''

  const overRows = async <T>(inputs: Tensors, run: (row: Row) => Promise<T>): Promise<T[]> => {
    checkInputs(declared, inputs)
    const rows = countSeparateRows(declared, inputs)
    const results: T[] = []
    for (let index = 0; index < rows; index++) {
      const part = (tensor: Tensor) => (rows === 1 ? tensor : rowOf(tensor, index, rows))
      const cut = (target: Target) => (rows === 1 ? target : targetRow(target, index, rows))
      results.push(await run({ inputs: inputs.map(part), part, cut }))
    }
    return results
  }
  const firstRow = async <T>(inputs: Tensors, run: (row: Row) => Promise<T>): Promise<T> => {
    checkInputs(declared, inputs)
    const rows = countSeparateRows(declared, inputs)
    const part = (tensor: Tensor) => (rows === 1 ? tensor : rowOf(tensor, 0, rows))
    const cut = (target: Target) => (rows === 1 ? target : targetRow(target, 0, rows))
    return run({ inputs: inputs.map(part), part, cut })
  }
  const explain: ExplainableModel['explain'] = async (
    recipe,
    inputs,
    target,
    control,
    baseline,
  ) => {
    const parts = await overRows(inputs, (row) =>
      runner.explain(
        recipe,
        row.inputs,
        row.cut(target),
        control && row.part(control),
        baseline?.map(row.part),
      ),
    )
    const [first] = parts
    return {
      scores: parts.flatMap(({ scores }) => scores),
      outputs: (first?.outputs ?? []).map((only, i) =>
        parts.length === 1 ? only : joinRows(parts.flatMap(({ outputs }) => outputs[i] ?? [])),
      ),
    }
  }
  const predict: OpenModel['predict'] = async (inputs) =>
    joinForward(await overRows(inputs, (row) => runner.predict(row.inputs)))

  return {
    runtime,
    summary,
    sha256: await sha256(bytes),
    embeddedCard: decoded.metadata.get(CARD_KEY) ?? null,
    inputs: declared,
    predict,
    explain,
    score: async (inputs, target) => {
      const parts = await overRows(inputs, (row) => runner.score(row.inputs, row.cut(target)))
      return parts.flat()
    },
    defaultLayer: (inputs, target) =>
      firstRow(inputs, async (row) => {
        const { graph, types } = await runner.describe(row.inputs)
        return findDefaultLayer(graph, types, sourceOfTarget(target.value))
      }),
    layers: (inputs, spec) =>
      firstRow(inputs, async (row) => {
        const { graph, types } = await runner.describe(row.inputs)
        return listLayers(graph, types, explainedBy(spec))
      }),
    sharesAfter: (inputs, spec, values) =>
      firstRow(inputs, async (row) => {
        const { graph, types } = await runner.describe(row.inputs)
        return sharesAfter(graph, types, explainedBy(spec), values)
      }),
    logits: Object.fromEntries(
      outputNames.flatMap((name) => {
        const behind = logitsBehind(prepared.graph, name)
        return behind === null ? [] : [[name, behind]]
      }),
    ),
    resolveTarget: async (inputs, { spec, mask, classNames }) => {
      const { outputs } = await predict(inputs)
      const readValue = async (name: string) =>
        joinRows(await overRows(inputs, (row) => runner.readValue(name, row.inputs)))
      return resolveTarget({
        spec,
        outputs,
        readValue,
        holdsProbabilities: (name) => logitsBehind(prepared.graph, name) !== null,
        ...(mask && { mask }),
        ...(classNames && { classNames }),
      })
    },
    estimate: (inputs, explanation) =>
      firstRow(inputs, (row) =>
        runner.estimate(
          row.inputs,
          explanation && { ...explanation, target: row.cut(explanation.target) },
        ),
      ),
    close: () => runner.close(),
  }
}

interface Row {
  readonly inputs: Tensors
  /** The part of a tensor, or of the target, that belongs to this row. */
  readonly part: (tensor: Tensor) => Tensor
  readonly cut: (target: Target) => Target
}

function joinForward(parts: readonly ForwardResult[]): ForwardResult {
  const [first] = parts
  return {
    outputs: (first?.outputs ?? []).map(({ name }, i) => ({
      name,
      tensor: joinRows(parts.flatMap(({ outputs }) => outputs[i]?.tensor ?? [])),
    })),
    elapsedMs: parts.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
    peakBytes: Math.max(...parts.map(({ peakBytes }) => peakBytes)),
  }
}
