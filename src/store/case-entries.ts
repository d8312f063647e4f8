/** @file What can be opened of a case: its subjects and their twins, under each of its models. */

import type { CaseSubject, GalleryModel, GallerySubject } from './case-files.ts'
import { asArray, asObject, asText, type Json } from './case-json.ts'

/** The models of a case, its own first: those that `models` lists, or the file beside the description. */
export function modelsOf(id: string, description: Json): readonly GalleryModel[] {
  const folder = `cases/${id}/`
  const listed = asArray(description.models).map(asObject)
  const own: Json = {
    variant: 'main',
    model: asText(description.model) ?? 'model.onnx',
    card: asText(description.card) ?? 'model.card.json',
  }
  return (listed.length > 0 ? listed : [own]).map((entry, at): GalleryModel => {
    const card = asText(entry.card)
    return {
      id: asText(entry.variant) ?? `model-${at + 1}`,
      title: asText(entry.title) ?? `model ${at + 1}`,
      model: pathIn(folder, asText(entry.model) ?? 'model.onnx'),
      card: card === null ? null : pathIn(folder, card),
    }
  })
}

/** Subjects with the case's own model as the gallery lists them, and everything as entries. */
export function subjectsOf(
  id: string,
  description: Json,
  models: readonly GalleryModel[],
): { readonly subjects: readonly GallerySubject[]; readonly entries: readonly CaseSubject[] } {
  const folder = `cases/${id}/`
  const title = asText(description.title) ?? id
  const { threshold, targetClass } = description
  const shared = {
    caseId: id,
    summary: asText(description.question) ?? asText(description.description) ?? '',
    percentile:
      typeof threshold === 'number' && threshold >= 0 && threshold <= 100 ? threshold : null,
    defaultMethod: asText(description.defaultMethod),
    target: typeof targetClass === 'number' ? String(targetClass) : asText(description.target),
  }
  const listed = asArray(description.subjects).map(asObject)
  const rows = listed.length > 0 ? listed : [{ id: 'subject', ...description }]
  const subjects = rows.map((row, at): GallerySubject => {
    const subjectId = asText(row.id) ?? `subject-${at + 1}`
    return { id: `${id}/${subjectId}`, subjectId, title: asText(row.title) ?? `Subject ${at + 1}` }
  })
  const entries = rows.flatMap((row, at) => {
    const own = subjects[at]
    const truth = asText(row.truth)
    const twin = asText(row.twin)
    if (!own) return []
    const lower = own.title.charAt(0).toLowerCase() + own.title.slice(1)
    return models.flatMap((model, position) => {
      const variant = position === 0 ? '' : `@${model.id}`
      const words = [title, ...(listed.length > 0 ? [lower] : [])]
      const entry = (isTwin: boolean, volume: string): CaseSubject => ({
        ...shared,
        id: `${own.id}${variant}${isTwin ? '/twin' : ''}`,
        title: [...words, ...(position === 0 ? [] : [model.title])]
          .join(', ')
          .concat(isTwin ? ' without the signal' : ''),
        subjectId: own.subjectId,
        modelId: model.id,
        isTwin,
        volume: pathIn(folder, volume),
        truth: truth === null ? null : pathIn(folder, truth),
        model: model.model,
        card: model.card,
      })
      return [
        entry(false, asText(row.volume) ?? 't1.nii.gz'),
        ...(twin === null ? [] : [entry(true, twin)]),
      ]
    })
  })
  return { subjects, entries }
}

/** A path relative to the page; "../putamen/t1.nii.gz" is a file of another case. */
function pathIn(folder: string, file: string): string {
  const parts: string[] = []
  for (const part of `${folder}${file}`.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}
