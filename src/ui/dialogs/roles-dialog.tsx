/** @file Asks what a dropped volume is for, with a picture of it. */

import { RadioGroup } from 'radix-ui'
import { useState } from 'react'
import type { FileRole, PendingVolume } from '../../store/data-state.ts'
import { formatDims, formatSpacing } from '../../store/format.ts'
import { robustWindow } from '../../store/image-window.ts'
import { Modal } from '../controls/modal.tsx'
import { GreyPicture } from '../grey-picture.tsx'
import { middleSlice } from '../grey-slices.ts'
import { useApp } from '../use-app.ts'

type Choice = FileRole | 'none'

const roles: readonly { readonly value: Choice; readonly label: string; readonly note: string }[] =
  [
    { value: 'image', label: 'Image', note: 'replaces the image on screen' },
    { value: 'channel', label: 'Further channel', note: 'feeds the model beside the image' },
    { value: 'truth', label: 'Truth mask', note: 'outlined, and measured against' },
    { value: 'none', label: 'Leave it out', note: '' },
  ]

export function RolesDialog() {
  const isOpen = useApp((app) => app.dialog === 'roles' && app.pending.length > 0)
  const pending = useApp((app) => app.pending)
  const openDialog = useApp((app) => app.openDialog)
  const assign = useApp((app) => app.assignRole)
  const dismiss = useApp((app) => app.dismissPending)
  const [chosen, setChosen] = useState<Readonly<Record<string, Choice>>>({})
  const roleOf = ({ layer, suggested }: PendingVolume) => chosen[layer.info.id] ?? suggested
  const use = async () => {
    openDialog('none')
    // Images before masks, so that a mask finds the image it belongs to.
    const rank = (role: Choice) => ['image', 'channel', 'truth', 'none'].indexOf(role)
    const sorted = pending.toSorted((a, b) => rank(roleOf(a)) - rank(roleOf(b)))
    for (const volume of sorted) {
      const role = roleOf(volume)
      if (role === 'none') dismiss(volume.layer.info.id)
      else await assign(volume.layer.info.id, role)
    }
    setChosen({})
  }
  return (
    <Modal
      title={pending.length === 1 ? 'What is this file for?' : 'What are these files for?'}
      description="It could not be told with certainty."
      open={isOpen}
      onClose={() => openDialog('none')}
      actions={
        <button type="button" className="button button-primary" onClick={() => void use()}>
          Use
        </button>
      }
    >
      <ul className="role-list">
        {pending.map((volume) => {
          const { info, voxels } = volume.layer
          return (
            <li key={info.id} className="role-row">
              <GreyPicture slice={middleSlice(voxels, 2, robustWindow(voxels))} label="" />
              <div>
                <strong>{info.name}</strong>{' '}
                <span className="faint small">
                  {formatDims(info.dims)}, {formatSpacing(info.spacingMm)}
                </span>
                <p className="small soft">{volume.reason}</p>
                <RadioGroup.Root
                  aria-label={`Role of ${info.name}`}
                  value={roleOf(volume)}
                  onValueChange={(value) => setChosen({ ...chosen, [info.id]: readRole(value) })}
                  className="segmented"
                  style={{ marginTop: 6, flexWrap: 'wrap' }}
                >
                  {roles.map(({ value, label, note }) => (
                    <RadioGroup.Item key={value} value={value} title={note}>
                      {label}
                    </RadioGroup.Item>
                  ))}
                </RadioGroup.Root>
              </div>
            </li>
          )
        })}
      </ul>
    </Modal>
  )
}

function readRole(text: string): Choice {
  return roles.find(({ value }) => value === text)?.value ?? 'none'
}
