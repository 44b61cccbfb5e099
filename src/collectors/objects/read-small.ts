import { UserError } from '../../errors.ts'
import type { ObjectFile } from '../collector.ts'
import type { Retry } from '../retry.ts'

/** Whole content of a small object such as a manifest. Throws UserError beyond `limit` bytes, `Gone` when it vanished or changed. */
export async function readSmall(file: ObjectFile, url: string, limit: number, retry: Retry): Promise<Buffer> {
  const tooLong = () =>
    new UserError(`${url}/${file.name} is longer than ${limit} bytes`, {
      hint: 'It is no manifest; was it overwritten?',
    })
  if (file.bytes !== null && file.bytes > limit) throw tooLong()
  return retry(`read ${url}/${file.name}`, async (signal) => {
    const opened = await file.open(0, signal)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of opened.body) {
      chunks.push(chunk as Buffer)
      bytes += (chunk as Buffer).length
      if (bytes > limit) throw tooLong()
    }
    const whole = file.bytes ?? opened.bytes
    if (whole !== null && bytes !== whole) {
      throw Object.assign(new Error(`the answer ended after ${bytes} of ${whole} bytes`), {
        code: 'ERR_STREAM_PREMATURE_CLOSE',
      })
    }
    return Buffer.concat(chunks)
  })
}
