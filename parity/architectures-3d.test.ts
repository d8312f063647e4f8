/** @file Gradients and integrated gradients of volume networks, as PyTorch exports them. */

import { testArchitectures } from './architectures/architecture-suite.ts'

testArchitectures(({ dimensions }) => dimensions === 3)
