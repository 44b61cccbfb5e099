import { userInfo } from 'node:os'

/** Who runs the process: the name of its user, or `uid N` where the system knows none, as in containers with a user of the cluster's choice. */
export function userName(): string {
  try {
    return userInfo().username
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error
    return `uid ${process.getuid?.()}`
  }
}
