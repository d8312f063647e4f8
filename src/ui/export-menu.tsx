/** @file Saves the map with its record, or the picture. */

import { ChevronDown, Download } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { shownRun } from '../store/active-run.ts'
import { isConcealed } from '../store/concealed.ts'
import { saveFile } from './save-file.ts'
import { useApp } from './use-app.ts'

export function ExportMenu({ onSavePng }: { readonly onSavePng: () => void }) {
  const isHidden = useApp(isConcealed)
  const hasMap = useApp((app) => shownRun(app) !== null)
  const hasImage = useApp((app) => app.images.length > 0)
  const isExporting = useApp((app) => app.isExporting)
  const makeExport = useApp((app) => app.makeExport)
  const saveMap = async () => {
    for (const { name, type, bytes } of await makeExport())
      saveFile(name, new Blob([bytes], { type }))
  }
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        className="button"
        aria-label={isExporting ? 'Exporting' : 'Export'}
        disabled={!hasImage || isExporting}
      >
        <Download size={15} aria-hidden />
        <span className="label">{isExporting ? 'Exporting…' : 'Export'}</span>
        <ChevronDown size={14} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Item
            className="menu-item"
            disabled={!hasMap || isHidden}
            onSelect={() => void saveMap()}
          >
            <span>Map and record</span>
            <span className="menu-note">
              {isHidden
                ? 'The record tells the truth: it can be saved once that is revealed'
                : hasMap
                  ? 'NIfTI on the image’s own grid, and a JSON file that says how it was made'
                  : 'There is no map yet'}
            </span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={onSavePng}>
            <span>Picture</span>
            <span className="menu-note">PNG with colour bar and caption</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
