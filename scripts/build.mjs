/** @file `npm run build`: the page and the command line, when stale. */

import { buildCli, buildPage, ensureInstalled } from './project.mjs'

ensureInstalled()
buildPage()
buildCli()
