/** @file The targets that the loaded model offers. */

import { useMemo } from 'react'
import { isConcealed } from '../store/concealed.ts'
import { shownReading } from '../store/neutral-names.ts'
import { type TargetGroup, targetGroups } from '../store/target-choices.ts'
import { useApp } from './use-app.ts'

export function useTargetGroups(): readonly TargetGroup[] {
  const prediction = useApp((app) => app.prediction)
  const hasTruth = useApp((app) => app.truth !== null)
  const loaded = useApp((app) => app.model?.loaded ?? null)
  const isHidden = useApp(isConcealed)
  return useMemo(() => {
    if (prediction.kind !== 'done') return []
    const { others } = prediction
    const reading = shownReading(isHidden, prediction.reading)
    const first = loaded?.summary.outputs[0]?.name ?? ''
    return targetGroups({ reading, others, hasTruth, logits: loaded?.logits[first] ?? null })
  }, [prediction, hasTruth, loaded, isHidden])
}
