/** @file Generated cases of every gradient rule. A rule without one fails the check of the list. */

import { elementwiseCases } from './elementwise-cases.ts'
import { networkCases } from './network-cases.ts'
import type { RuleCases } from './rule-case.ts'
import { shapeCases } from './shape-cases.ts'

export const ruleCases: RuleCases = { ...elementwiseCases, ...networkCases, ...shapeCases }
