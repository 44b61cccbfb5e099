import { redact } from '../collectors/redact.ts'
import { chartPng } from './chart-png.ts'
import type { Message, Receipt } from './notifier.ts'

/** Larger than the one inside of messages: it stands alone. */
const size = { width: 640, height: 180 }

/**
 * Adds the chart of a single alert by what `attach` does with its PNG. A chart is an extra: where the service does not take it, the message
 * stays without, and the receipt, which is kept in the history, says why.
 */
export async function attachChart(message: Message, attach: (png: Buffer) => Promise<Receipt>): Promise<Receipt> {
  const [alert] = message.alerts
  const png = message.kind === 'single' && alert ? chartPng(alert.history, size) : null
  if (!png) return {}
  try {
    return await attach(png)
  } catch (error) {
    return { no_chart: redact(error instanceof Error ? error.message : String(error)).slice(0, 200) }
  }
}

/** A form of one file, as `multipart/form-data` (RFC 7578). */
export function fileForm(name: string, file: Buffer): { headers: Readonly<Record<string, string>>; body: Buffer } {
  const boundary = 'costwright-3f1c8a52d0b94e7f'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)])
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body }
}
