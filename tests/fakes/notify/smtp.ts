import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly messageId: string
  /** Headers and body as received. */
  readonly text: string
}

/** What the server answers instead of accepting: at the end of a message, or to a recipient. */
export interface SmtpScript {
  /** Replies to the next messages, one each, e.g. `451 4.7.1 try again later`; `hang up` closes the connection instead. */
  readonly afterData: string[]
  /** Recipients that are refused for good. */
  readonly unknown: Set<string>
}

/** An SMTP server without encryption (RFC 5321), with AUTH PLAIN when it is given credentials. */
export async function startFakeSmtp(credentials?: { user: string; password: string }) {
  const mails: Mail[] = []
  const script: SmtpScript = { afterData: [], unknown: new Set() }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    converse(socket)
  })
  function converse(socket: Socket): void {
    let pending = ''
    let envelope = { from: '', to: [] as string[] }
    let data: string | null = null
    let isKnown = credentials === undefined
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 fake ESMTP')
    const commands: Readonly<Record<string, (rest: string) => void>> = {
      EHLO: () => say(credentials ? '250-fake\r\n250 AUTH PLAIN' : '250 fake'),
      AUTH: (rest) => {
        const [, user, password] = Buffer.from(rest.replace(/^PLAIN /, ''), 'base64')
          .toString()
          .split('\0')
        isKnown = user === credentials?.user && password === credentials?.password
        say(isKnown ? '235 2.7.0 Authentication successful' : '535 5.7.8 Authentication credentials invalid')
      },
      MAIL: (rest) => {
        if (!isKnown) return void say('530 5.7.0 Authentication required')
        envelope = { from: /<([^>]*)>/.exec(rest)?.[1] ?? '', to: [] }
        say('250 2.1.0 ok')
      },
      RCPT: (rest) => {
        const to = /<([^>]*)>/.exec(rest)?.[1] ?? ''
        if (script.unknown.has(to)) return void say('550 5.1.1 no such user')
        envelope.to.push(to)
        say('250 2.1.5 ok')
      },
      DATA: () => {
        data = ''
        say('354 go ahead')
      },
      RSET: () => say('250 ok'),
      QUIT: () => {
        say('221 bye')
        socket.end()
      },
    }
    function ended(text: string): void {
      const reply = script.afterData.shift()
      const isTaken = reply === undefined || reply.startsWith('250') || reply === 'hang up'
      const messageId = /^Message-ID: (.*)$/im.exec(text)?.[1]?.trim() ?? ''
      if (isTaken) mails.push({ ...envelope, messageId, text })
      if (reply === 'hang up') socket.destroy()
      else say(reply ?? '250 2.0.0 queued')
    }
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      for (let at = pending.indexOf('\r\n'); at >= 0; at = pending.indexOf('\r\n')) {
        const line = pending.slice(0, at)
        pending = pending.slice(at + 2)
        if (data !== null && line === '.') {
          const text = data
          data = null
          ended(text)
        } else if (data !== null) data += `${line}\r\n`
        else (commands[line.slice(0, 4).toUpperCase()] ?? (() => say('502 5.5.1 unknown')))(line.slice(5))
      }
    })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    script,
    async close() {
      for (const socket of sockets) socket.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
