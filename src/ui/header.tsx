/** @file The bar on top: case, open, export, provider, theme, help. */

import {
  CircleHelp,
  FolderOpen,
  LayoutGrid,
  Moon,
  PanelLeft,
  PanelRight,
  ScanEye,
  Sun,
} from 'lucide-react'
import { disclaimer } from '../store/describe-map.ts'
import { CaseMenu } from './case-menu.tsx'
import { IconButton } from './controls/icon-button.tsx'
import { Info } from './controls/info.tsx'
import { ExportMenu } from './export-menu.tsx'
import { ProviderBadge } from './provider-badge.tsx'
import { useApp } from './use-app.ts'

export function Header({
  onOpen,
  onSavePng,
}: {
  readonly onOpen: () => void
  readonly onSavePng: () => void
}) {
  const theme = useApp((app) => app.theme)
  const setTheme = useApp((app) => app.setTheme)
  const drawer = useApp((app) => app.drawer)
  const setDrawer = useApp((app) => app.setDrawer)
  const openDialog = useApp((app) => app.openDialog)
  return (
    <header className="header">
      <span className="drawer-toggle">
        <IconButton
          icon={PanelLeft}
          label="Data and runs"
          pressed={drawer === 'left'}
          onClick={() => setDrawer(drawer === 'left' ? 'none' : 'left')}
        />
      </span>
      <h1 className="brand">
        <ScanEye size={19} aria-hidden />
        <span className="wide-only">Saliscope</span>
        <span className="visually-hidden">, saliency viewer</span>
      </h1>
      <Info label="About Saliscope">
        <h3>Saliscope</h3>
        <p>
          Shows, and checks, why a medical imaging network said what it said. Model and images stay
          on this computer: nothing is sent anywhere.
        </p>
        <p>
          <strong>{disclaimer}</strong>
        </p>
      </Info>
      <CaseMenu />
      <button
        type="button"
        className="button"
        aria-label="Gallery"
        data-opens="gallery"
        onClick={() => openDialog('gallery')}
      >
        <LayoutGrid size={15} aria-hidden />
        <span className="label">Gallery</span>
      </button>
      <button type="button" className="button" aria-label="Open…" onClick={onOpen}>
        <FolderOpen size={15} aria-hidden />
        <span className="label">Open…</span>
      </button>
      <ExportMenu onSavePng={onSavePng} />
      <span className="header-space" />
      <ProviderBadge />
      <IconButton
        icon={theme === 'dark' ? Sun : Moon}
        label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
        onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
      />
      <IconButton
        icon={CircleHelp}
        label="Help and shortcuts"
        shortcut="?"
        onClick={() => openDialog('help')}
      />
      <span className="drawer-toggle">
        <IconButton
          icon={PanelRight}
          label="Explain and measure"
          pressed={drawer === 'right'}
          onClick={() => setDrawer(drawer === 'right' ? 'none' : 'right')}
        />
      </span>
    </header>
  )
}
