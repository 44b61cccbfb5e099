import type { Command } from './command.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { importCommand } from './import.ts'
import { buildCommand, checkCommand, exportCommand, reconcileCommand } from './lake.ts'
import { queriesCommand, queryCommand, sqlCommand } from './query.ts'
import { serveCommand } from './serve.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  demoCommand,
  importCommand,
  buildCommand,
  checkCommand,
  reconcileCommand,
  queryCommand,
  queriesCommand,
  sqlCommand,
  exportCommand,
  serveCommand,
  doctorCommand,
]
