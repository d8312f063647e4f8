/** @file Gradients and integrated gradients of full-size image networks, as PyTorch exports them. */

import { testArchitectures } from './architectures/architecture-suite.ts'

testArchitectures(({ dimensions }) => dimensions === 2)
