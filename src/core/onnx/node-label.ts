/** @file How messages name a node. */

/** `Conv node "/encoder/conv1"`; an unnamed node is named by its first output. */
export function nodeLabel(node: {
  readonly op: string
  readonly name: string
  readonly outputs: readonly string[]
}): string {
  return `${node.op} node "${node.name || node.outputs.find((name) => name !== '') || ''}"`
}
