import { refuse } from './http.ts'

/** Lets at most so many pieces of work run at once; nobody waits in line. */
export interface Turns {
  /**
   * Runs `work`, else ends the request with 503.
   *
   * @param what is running, in the plural, for the refusal
   */
  run<T>(what: string, work: () => Promise<T>): Promise<T>
}

export function turns(most: number): Turns {
  let running = 0
  return {
    async run(what, work) {
      if (running >= most)
        refuse({ status: 503, code: 'busy', detail: `${most} ${what} are running`, hint: 'Try again soon.' })
      running += 1
      try {
        return await work()
      } finally {
        running -= 1
      }
    },
  }
}
