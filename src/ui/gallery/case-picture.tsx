/** @file The picture of a case: a slice through its truth, outlined. */

import { isConcealed } from '../../store/concealed.ts'
import { useApp } from '../use-app.ts'

/** Decoration beside the case's name; while the truth is hidden it would give it away. */
export function CasePicture({ picture }: { readonly picture: string | null }) {
  const isHidden = useApp(isConcealed)
  if (picture === null || isHidden) return <span className="case-picture" aria-hidden />
  return (
    <img
      className="case-picture"
      src={picture}
      alt=""
      width={96}
      height={96}
      loading="lazy"
      decoding="async"
    />
  )
}
