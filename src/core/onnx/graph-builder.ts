/** @file Extends a graph: operators as functions of edges, constants shared, equal nodes reused. */

import { createGraphEmitter, type GraphEmitter } from './graph-emitter.ts'
import { createGraphOperations, type GraphOperations } from './graph-operations.ts'
import type { Graph, ValueTypes } from './ir.ts'

/** Every call returns the edge that the new node produces, with its static dimensions. */
export interface GraphBuilder extends GraphEmitter, GraphOperations {}

/** `types` must cover every edge of `graph`; new names start with "saliscope/". */
export function createGraphBuilder(graph: Graph, types: ValueTypes): GraphBuilder {
  const emitter = createGraphEmitter(graph, types)
  return { ...emitter, ...createGraphOperations(emitter) }
}
