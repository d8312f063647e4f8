/** @file What is open of the cases. */

import type { AppState } from './app-state.ts'
import type { CaseSubject, GalleryCase } from './case-files.ts'

/** The subject, model and twin on screen; null with the user's own files. */
export function openEntry({ cases, caseId }: Pick<AppState, 'caseId' | 'cases'>) {
  return caseId === null ? null : (cases.find(({ id }) => id === caseId) ?? null)
}

/** Which of the case's models is open, counted from 1; null where the case has one alone. */
export function openVariant(app: Pick<AppState, 'caseId' | 'cases' | 'gallery'>) {
  const entry = openEntry(app)
  const models = openCard(app, entry)?.models ?? []
  const at = models.findIndex(({ id }) => id === entry?.modelId)
  const model = models[at]
  return model && models.length > 1 ? { number: at + 1, title: model.title } : null
}

/** Its case as the gallery shows it. */
export function openCard(
  app: Pick<AppState, 'caseId' | 'cases' | 'gallery'>,
  entry: CaseSubject | null = openEntry(app),
): GalleryCase | null {
  return app.gallery.find(({ id }) => id === entry?.caseId) ?? null
}
