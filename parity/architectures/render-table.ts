/** @file What works on which architecture, as the README's table. */

import type { Outcome } from './try-method.ts'

/** By model, exporter and method. */
export type Outcomes = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, Outcome>>>>>
>

/** A model with a row in the table, or with one for each of its exports. */
export interface TableEntry {
  readonly name: string
  readonly label: string
  readonly exports: readonly { readonly exporter: string; readonly opset: number }[]
}

const exporterLabels: Readonly<Record<string, string>> = {
  dynamic: 'ONNX Runtime, dynamic',
  keras: 'Keras',
  qdq: 'ONNX Runtime, QDQ',
  qoperator: 'ONNX Runtime, QOperator',
  torchscript: 'TorchScript',
}

/**
 * Markdown. Methods with the same outcomes everywhere share a column; a cell is a tick, or the numbers of
 * the reasons below the table. A model whose exporters differ has a row for each.
 */
export function renderTable(
  models: readonly TableEntry[],
  methods: readonly string[],
  outcomes: Outcomes,
): string {
  const reasons = new Map<string, number>()
  const rows = models.flatMap((model) => tableRows(model, methods, outcomes))
  const columns = groupColumns(methods, rows)
  const cell = (outcome: Outcome | undefined) => {
    if (outcome === true) return '✓'
    const reason = withoutNames(outcome ?? 'Not measured.')
    if (!reasons.has(reason)) reasons.set(reason, reasons.size + 1)
    return `(${reasons.get(reason)})`
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const letters = columns.map((_, i) => String.fromCharCode(65 + i))
  const body = rows.map((row) =>
    line([row.label, row.exported, ...columns.map(([first]) => cell(row.outcomes[first ?? '']))]),
  )
  return [
    line(['network', 'exported by', ...letters]),
    line(['---', '---', ...letters.map(() => ':-:')]),
    ...body,
    '',
    ...columns.map((ids, i) => `- **${letters[i]}**: ${ids.join(', ')}`),
    ...(reasons.size > 0 ? ['', 'Why not:', ''] : []),
    ...[...reasons].map(([reason, number]) => `${number}. ${reason}`),
  ].join('\n')
}

interface Row {
  readonly label: string
  readonly exported: string
  readonly outcomes: Readonly<Record<string, Outcome>>
}

/** One row where all exporters give the same. */
function tableRows(
  { name, label, exports }: TableEntry,
  methods: readonly string[],
  outcomes: Outcomes,
): readonly Row[] {
  const opsets = new Map(exports.map(({ exporter, opset }) => [exporter, opset]))
  const rows = [...opsets].map(
    ([exporter, opset]): Row => ({
      label,
      exported: `${exporterLabels[exporter] ?? exporter} (opset ${opset})`,
      outcomes: outcomes[name]?.[exporter] ?? {},
    }),
  )
  const [first] = rows
  const key = (row: Row) =>
    JSON.stringify(methods.map((method) => withoutNames(String(row.outcomes[method]))))
  if (!first || rows.some((row) => key(row) !== key(first))) return rows
  return [{ ...first, exported: rows.map(({ exported }) => exported).join(', ') }]
}

/** Methods with equal columns together, the largest group first. */
function groupColumns(methods: readonly string[], rows: readonly Row[]): string[][] {
  const groups = new Map<string, string[]>()
  for (const method of methods) {
    const column = JSON.stringify(rows.map((row) => withoutNames(String(row.outcomes[method]))))
    groups.set(column, [...(groups.get(column) ?? []), method])
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)
}

/** Names and shapes of values differ between exports, the reason does not. */
function withoutNames(reason: string): string {
  return reason.replaceAll(/(?<!\w)(?:'[^']*'|"[^"]*")(?!\w)|\d+(?:x\d+)+/g, '…')
}
