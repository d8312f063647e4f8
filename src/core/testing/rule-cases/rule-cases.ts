/** @file Generated cases of every gradient rule. A rule without any fails the check of the list. */

import { convolutionCases } from './convolution-cases.ts'
import { elementwiseCases } from './elementwise-cases.ts'
import { indexingCases } from './indexing-cases.ts'
import { normalisationCases } from './normalisation-cases.ts'
import { poolingCases } from './pooling-cases.ts'
import { productCases } from './product-cases.ts'
import { reductionCases } from './reduction-cases.ts'
import type { RuleProperties } from './rule-case.ts'
import { samplingCases } from './sampling-cases.ts'
import { shapeCases } from './shape-cases.ts'

export const ruleCases: RuleProperties = {
  ...convolutionCases,
  ...elementwiseCases,
  ...indexingCases,
  ...normalisationCases,
  ...poolingCases,
  ...productCases,
  ...reductionCases,
  ...samplingCases,
  ...shapeCases,
}
