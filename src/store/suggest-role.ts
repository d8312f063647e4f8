/** @file The part a dropped volume probably plays, and whether that is obvious enough not to ask. */

import type { OpenedVolume } from '../rpc/volume-api.ts'
import type { FileRole } from './data-state.ts'
import { isNamedLikeMask } from './file-kinds.ts'

export interface RoleSuggestion {
  readonly role: FileRole
  readonly isObvious: boolean
  /** Why, as a sentence. */
  readonly reason: string
}

export interface RoleContext {
  /** Volumes that play images in the same drop. */
  readonly imagesInDrop: number
  readonly hasImage: boolean
  /** Volumes that the model's card asks for; null without a model. */
  readonly volumesWanted: number
  readonly volumesLoaded: number
}

export function suggestRole(volume: OpenedVolume, context: RoleContext): RoleSuggestion {
  const isNamed = isNamedLikeMask(volume.name)
  const isBinary = volume.looksLikeMask && volume.max <= 1
  if (isNamed && volume.min === volume.max) {
    return {
      role: 'truth',
      isObvious: context.hasImage,
      reason: 'It is named like a mask, but is empty.',
    }
  }
  if (volume.looksLikeMask && (isNamed || (isBinary && context.hasImage))) {
    return {
      role: 'truth',
      isObvious: true,
      reason: 'Its values are small whole numbers, as in a mask.',
    }
  }
  if (volume.looksLikeMask) {
    return {
      role: context.hasImage ? 'truth' : 'image',
      isObvious: false,
      reason: 'Its values are small whole numbers, so it may be a mask, labels or an image.',
    }
  }
  if (isNamed) {
    return {
      role: 'image',
      isObvious: false,
      reason: 'Its name sounds like a mask, but its values are not whole numbers.',
    }
  }
  if (context.imagesInDrop > 1 || (context.volumesWanted > 1 && context.hasImage)) {
    return {
      role: context.volumesLoaded < context.volumesWanted ? 'channel' : 'image',
      isObvious: false,
      reason: 'Several images are in play: it may replace the image or be a further channel.',
    }
  }
  return { role: 'image', isObvious: true, reason: 'Its values vary as in a scan.' }
}
