/** @file Every shortcut and how the mouse works. */

import { findMethod } from '../../core/attribution/methods.ts'
import { methodOrder } from '../../store/method-choices.ts'
import { Modal } from '../controls/modal.tsx'
import { useApp } from '../use-app.ts'

const shortcuts: readonly (readonly [string, string])[] = [
  ['M', 'truth outline on or off'],
  ['O', 'map on or off'],
  ['R', 'radiological or neurological'],
  ['[ ]', 'less or more opacity'],
  [', .', 'lower or higher threshold'],
  ['Ctrl Z', 'undo a display change'],
  ['Esc', 'cancel the run'],
  ['G', 'gallery: cases and lessons'],
  ['N P', 'next or previous case, or step of a lesson'],
  ['H', 'hide the truth and guess; Enter marks'],
  ['?', 'this help'],
]

const mouse: readonly (readonly [string, string])[] = [
  ['Click, drag', 'move the crosshair'],
  ['Wheel', 'move through the slices'],
  ['Right drag', 'window and level of the image'],
  ['Double click', 'one view large, or all again'],
  ['Double click a slider', 'its default'],
]

export function HelpDialog() {
  const openDialog = useApp((app) => app.openDialog)
  const isOpen = useApp((app) => app.dialog === 'help')
  return (
    <Modal title="Help and shortcuts" open={isOpen} width={640} onClose={() => openDialog('none')}>
      <Group
        title="Methods"
        rows={methodOrder()
          .slice(0, 9)
          .map((id, index) => [String(index + 1), findMethod(id).label])}
      />
      <Group title="Keys" rows={shortcuts} />
      <Group title="Mouse" rows={mouse} />
      <p className="soft">
        Drop files anywhere: volumes (.nii, .nii.gz), models (.onnx), model cards (.card.json, or
        the metadata.json of a MONAI bundle). Keys do nothing while a text field has the focus.
      </p>
    </Modal>
  )
}

function Group({
  title,
  rows,
}: {
  readonly title: string
  readonly rows: readonly (readonly [string, string])[]
}) {
  return (
    <>
      <h3 style={{ margin: '4px 0 6px', fontSize: 13 }}>{title}</h3>
      <dl className="shortcut-list" style={{ marginBottom: 14 }}>
        {rows.flatMap(([key, meaning]) => [
          <dt key={`${key}-key`}>
            <kbd>{key}</kbd>
          </dt>,
          <dd key={`${key}-meaning`}>{meaning}</dd>,
        ])}
      </dl>
    </>
  )
}
