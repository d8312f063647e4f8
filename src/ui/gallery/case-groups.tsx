/** @file Every case as a card, under the heading of its kind. */

import { isConcealed } from '../../store/concealed.ts'
import { isGuessable } from '../../store/guessable.ts'
import { useApp } from '../use-app.ts'
import { CaseCard } from './case-card.tsx'

/** Without headings while the truth is hidden: they tell the kind. */
export function CaseGroups({ onOpen }: { readonly onOpen?: () => void }) {
  const groups = useApp((app) => app.galleryGroups)
  const gallery = useApp((app) => app.gallery)
  const isHidden = useApp(isConcealed)
  const done = onOpen ? { onOpen } : {}
  if (isHidden) {
    return (
      <ul className="case-grid" aria-label="Cases">
        {gallery.filter(isGuessable).map((card) => (
          <CaseCard key={card.id} card={card} {...done} />
        ))}
      </ul>
    )
  }
  return (
    <div className="case-groups">
      <div className="case-groups-grid">
        {groups.map(({ title, about, cases }) => (
          <section
            key={title}
            className="case-group"
            data-cases={Math.min(3, cases.length)}
            aria-label={title}
          >
            <h3 className="gallery-title">
              {title} <span>{about}</span>
            </h3>
            <ul className="case-grid" aria-label={title}>
              {cases.map((card) => (
                <CaseCard key={card.id} card={card} {...done} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  )
}
