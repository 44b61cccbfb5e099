/** What is used of the state of a Durable Object that has a container. */
export interface ContainerState {
  readonly container?: {
    readonly running: boolean
    start(options: { readonly enableInternet: boolean; readonly env: Readonly<Record<string, string>> }): void
    getTcpPort(port: number): { fetch(request: Request): Promise<Response> }
  }
}

export interface ContainerOptions {
  /** Variables of the server's environment: credentials of sources and channels. */
  readonly env: Readonly<Record<string, string>>
  readonly wait: (ms: number) => Promise<void>
}

const port = 8080
const attempts = 40
const pauseMs = 500

/**
 * The full server in the container of a Durable Object: started with the first request, which waits until the server listens.
 *
 * @throws Error when it does not listen within twenty seconds, or when the object has no container
 */
export async function askContainer(
  request: Request,
  { container }: ContainerState,
  { env, wait }: ContainerOptions,
): Promise<Response> {
  if (!container) throw new Error('this object has no container; configure [[containers]] in wrangler.toml')
  if (!container.running) container.start({ enableInternet: true, env })
  const server = container.getTcpPort(port)
  for (let attempt = 1; ; attempt += 1) {
    const again = request.body ? request.clone() : request
    try {
      return await server.fetch(again)
    } catch (cause) {
      const isStarting = /not listening|not running|connection refused/i.test(String(cause))
      if (!isStarting || attempt === attempts) throw new Error(`the container does not answer: ${cause}`, { cause })
      await wait(pauseMs)
    }
  }
}
