import type { GraphBuilder } from './graph-builder.ts'

/** The name, with underscores in front until the model has no value of that name. */
export function freeName(g: GraphBuilder, name: string): string {
  return g.find(name) ? freeName(g, `_${name}`) : name
}
