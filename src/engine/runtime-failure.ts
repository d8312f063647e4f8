import { Failure } from '../core/failure.ts'
import { formatBytes } from './format-bytes.ts'

/**
 * What ONNX Runtime threw, as one sentence: its messages mix the cause with status codes, source
 * paths and advice to C++ programmers.
 */
export function toRuntimeFailure(error: unknown, doing: 'open' | 'run'): Failure {
  if (error instanceof Failure) return error
  const text = error instanceof Error ? error.message : String(error)
  const known = outOfMemory(text) ?? deviceLost(text) ?? wrongInput(text)
  const failure = known ?? (doing === 'open' ? refusedModel(text) : failedNode(text))
  return new Failure(failure.kind, failure.message, { cause: error })
}

type Found = Pick<Failure, 'kind' | 'message'>

function outOfMemory(text: string): Found | undefined {
  const said =
    /bad_?alloc|out of memory|OOM|cannot enlarge memory|(buffer|array) allocation failed|failed to allocate|memory access out of bounds|exceeds? the max(imum)? buffer/i
  // WASM throws C++ exceptions as bare addresses where it has no memory left to describe them.
  if (!said.test(text) && !/^\d{5,}$/.test(text)) return undefined
  const wanted = /requested buffer of size (\d+)/.exec(text)?.[1]
  const size = wanted === undefined ? '' : ` (it asked for another ${formatBytes(Number(wanted))})`
  return {
    kind: 'out-of-memory',
    message: `The runtime ran out of memory${size}. A smaller input would fit.`,
  }
}

function deviceLost(text: string): Found | undefined {
  if (!/device (is |was )?lost|lost device|device is destroyed|DXGI_ERROR_DEVICE/i.test(text))
    return undefined
  return { kind: 'device-lost', message: 'The graphics device was lost during the run.' }
}

function wrongInput(text: string): Found | undefined {
  const dims = /invalid dimensions for input: (\S+)/i.exec(text)
  if (dims) {
    const axes = [...text.matchAll(/index: (\d+) Got: (-?\d+) Expected: (-?\d+)/g)].map(
      ([, axis, got, expected]) => `axis ${axis} is ${got} where it takes ${expected}`,
    )
    const detail = axes.length > 0 ? `: ${axes.join(', ')}` : ''
    return {
      kind: 'shape-mismatch',
      message: `Input "${dims[1]}" does not have the shape that the model takes${detail}.`,
    }
  }
  const rank = /Invalid rank for input: (\S+) Got: (\d+) Expected: (\d+)/i.exec(text)
  if (rank) {
    return {
      kind: 'shape-mismatch',
      message: `Input "${rank[1]}" has ${rank[2]} axes, but the model takes ${rank[3]}.`,
    }
  }
  const type =
    /Unexpected input data type.*?Actual: \(?(?:tensor\()?([\w ]+)\)*.*?expected: \(?(?:tensor\()?([\w ]+)/i.exec(
      text,
    )
  if (type) {
    return {
      kind: 'bad-request',
      message: `An input is of type ${type[1]}, but the model takes ${type[2]}.`,
    }
  }
  return undefined
}

function refusedModel(text: string): Found {
  if (/protobuf parsing failed|InvalidProtobuf|No graph was found/i.test(text)) {
    return { kind: 'bad-file', message: 'This is not an ONNX model, or the file is damaged.' }
  }
  if (/NOT_IMPLEMENTED|not a registered function|Could not find an implementation/i.test(text)) {
    return {
      kind: 'unsupported-operator',
      message: `The runtime has no kernel for this model: ${distill(text)}`,
    }
  }
  const opset = /Opset (\d+) is under development/.exec(text)?.[1]
  if (opset !== undefined) {
    return {
      kind: 'unsupported-model',
      message: `The model uses opset ${opset}, which is newer than the runtime knows; export it with opset 23 or older.`,
    }
  }
  return { kind: 'unsupported-model', message: `The runtime refuses this model: ${distill(text)}` }
}

/** The browser's build does not name the node. */
function failedNode(text: string): Found {
  const node = /while running (\w+) node\. Name:\s?'([^']*)'/i.exec(text)
  const isAboutShapes = /shape|dimension|broadcast|size|reshape/i.test(distill(text))
  if (!node && !isAboutShapes) {
    return { kind: 'internal', message: `The runtime stopped: ${distill(text)}` }
  }
  const where = node ? `it stopped in ${node[1]}${node[2] ? ` "${node[2]}"` : ''}: ` : ''
  return {
    kind: isAboutShapes ? 'shape-mismatch' : 'internal',
    message: `The model cannot run on this input: ${where}${distill(text)}`,
  }
}

/** The part that states the cause, without codes, source positions and function signatures. */
function distill(text: string): string {
  const cause = text.split('Status Message:').at(-1) ?? text
  const plain = cause
    .replace(/^.*ERROR_MESSAGE:\s*"?/s, '')
    .replace(/^.*?\.(?:cc|h|cpp|hpp):\d+\s*/s, '')
    .replace(/^.*? was false\.\s*(?=\S)/s, '')
    .replace(/^[\w:~*&]+ [\w:<>~*& ]+\(.*?\)(?: const)?(?: \[with.*?\])?\s+(?=[A-Z])/s, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[".]+$/, '')
  const short = plain.length > 240 ? `${plain.slice(0, 239)}…` : plain
  return `${short || 'it gives no reason'}.`
}
