/** @file The `saliscope` command: exit status 0 done, 2 the request is wrong, 1 anything else, 130 interrupted. */

import { Failure } from '../core/failure.ts'
import { usage } from './arguments.ts'
import { evaluate } from './commands/evaluate.ts'
import { explain } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { inspect } from './commands/inspect.ts'
import { listMethods } from './commands/methods.ts'
import { listMetrics } from './commands/metrics.ts'
import { predict } from './commands/predict.ts'
import { forgetUnfinished } from './output-file.ts'
import { clearProgress } from './print.ts'

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void> | void>> = {
  evaluate,
  explain,
  export: exportCommand,
  inspect,
  methods: listMethods,
  metrics: listMetrics,
  predict,
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    forgetUnfinished()
    process.exit(status)
  })
}
// A reader that has seen enough (`saliscope methods | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}

try {
  await main(process.argv.slice(2))
  process.exitCode = 0
} catch (error) {
  forgetUnfinished()
  process.exitCode = report(error)
}

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage)
    return
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    throw new Failure(
      'bad-request',
      `there is no command '${name}'; the commands are ${Object.keys(commands).join(', ')}`,
    )
  }
  if (args.includes('--help') || args.includes('-h')) process.stdout.write(usage)
  else await command(args)
}

/** One line on standard error; the exit status that fits. */
function report(error: unknown): number {
  const failure = error instanceof Failure ? error : null
  const message = error instanceof Error ? error.message : String(error)
  clearProgress()
  process.stderr.write(`saliscope: ${message.replaceAll(/\s+/g, ' ').trim()}\n`)
  if (process.env.SALISCOPE_DEBUG && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return failure && failure.kind !== 'internal' && failure.kind !== 'out-of-memory' ? 2 : 1
}
