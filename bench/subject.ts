import type { AnyOptionValues } from '../src/core/options.ts'
import type { Tensor } from '../src/core/tensor/tensor.ts'

/** An opened network, in this process or behind a worker. */
export interface Subject {
  readonly provider: string
  /** Time of the runtime's forward run alone, in ms. */
  forward(input: Tensor): Promise<number>
  attribute(methodId: string, options: AnyOptionValues, input: Tensor): Promise<void>
  /** Estimated bytes of the method's largest run. */
  estimate(methodId: string, input: Tensor): Promise<number>
}
