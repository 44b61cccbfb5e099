declare module 'cloudflare:workers' {
  /** What is used of a bucket binding beyond what the Worker uses. */
  interface TestBucket {
    put(key: string, value: ArrayBuffer | string): Promise<unknown>
    delete(key: string): Promise<void>
    get: import('../../src/edge/r2-store.ts').R2Bucket['get']
  }
  interface Fetcher {
    fetch(input: string | Request, init?: RequestInit): Promise<Response>
  }
  export const env: { readonly PUBLISHED: TestBucket; readonly ORACLE: Fetcher }
  export const exports: { readonly default: Fetcher }
}
