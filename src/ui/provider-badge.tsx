/** @file What runs the model, and why that was chosen. */

import { Cpu } from 'lucide-react'
import { asSentence } from '../store/describe-error.ts'
import { Info } from './controls/info.tsx'
import { useApp } from './use-app.ts'

export function ProviderBadge() {
  const provider = useApp((app) => app.provider)
  if (!provider) return null
  const content = (
    <>
      <Cpu size={13} aria-hidden />
      <span className="label">{provider.label}</span>
    </>
  )
  return (
    <Info label={`Provider: ${provider.label}`} trigger={{ content, className: 'badge' }}>
      <h3>{provider.label}</h3>
      <p>{provider.reason ? asSentence(provider.reason) : 'Chosen by default.'}</p>
    </Info>
  )
}
