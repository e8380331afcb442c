// Reads a JSON command a line, writes a JSON event a line:
//   node client.mjs RELAY PEER   ->  {"public": hex}
//   {"say": text, "kind": 14|4, "reply": id?}  ->  {"sent": id of the wrap or of the kind 4 event}
//   {"attach": content in Base64, "type": its MIME type, "server": a Blossom server}  ->  {"sent"}
//   each message that comes in  ->  {"text", "author", "kind", "at", "tags"}, of kind 15 with
//     "file": what its address leads to, decrypted by WebCrypto, in Base64
// It ends when its standard input ends.
import { createInterface } from 'node:readline'
import { Relay, useWebSocketImplementation } from 'nostr-tools/relay'
import { finalizeEvent, generateSecretKey, getPublicKey, verifyEvent } from 'nostr-tools/pure'
import * as nip04 from 'nostr-tools/nip04'
import * as nip17 from 'nostr-tools/nip17'
import * as nip59 from 'nostr-tools/nip59'
import { webcrypto } from 'node:crypto'
import WebSocket from 'ws'

useWebSocketImplementation(WebSocket)
const [url, peer] = process.argv.slice(2)
const secret = generateSecretKey()
const pub = getPublicKey(secret)
const write = message => process.stdout.write(JSON.stringify(message) + '\n')

async function open(event) {
  if (!verifyEvent(event)) throw new Error('a signature is wrong')
  if (event.kind === 4) {
    return { ...event, content: await nip04.decrypt(secret, event.pubkey, event.content) }
  }
  return nip17.unwrapEvent(event, secret)
}

const hex = bytes => Buffer.from(bytes).toString('hex')
const hash = async bytes => hex(await webcrypto.subtle.digest('SHA-256', bytes))
const gcm = (key, use) => webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, [use])

async function download(message) {
  const tags = Object.fromEntries(message.tags)
  const sealed = new Uint8Array(await (await fetch(message.content)).arrayBuffer())
  if ((await hash(sealed)) !== tags.x) throw new Error('x is of another file')
  const key = await gcm(Buffer.from(tags['decryption-key'], 'hex'), 'decrypt')
  const iv = Buffer.from(tags['decryption-nonce'], 'hex')
  const clear = await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed)
  if ((await hash(clear)) !== tags.ox) throw new Error('ox is of another file')
  return Buffer.from(clear).toString('base64')
}

async function attach({ attach, type, server }) {
  const secretKey = webcrypto.getRandomValues(new Uint8Array(32))
  const iv = webcrypto.getRandomValues(new Uint8Array(16))
  const key = await gcm(secretKey, 'encrypt')
  const clear = Buffer.from(attach, 'base64')
  const sealed = new Uint8Array(await webcrypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, clear))
  const x = await hash(sealed)
  const now = Math.floor(Date.now() / 1000)
  const allowed = finalizeEvent(
    {
      kind: 24242,
      created_at: now - 1,
      tags: [['t', 'upload'], ['x', x], ['expiration', String(now + 60)]],
      content: 'Upload',
    },
    secret,
  )
  const answer = await fetch(`${server}/upload`, {
    method: 'PUT',
    body: sealed,
    headers: { Authorization: 'Nostr ' + Buffer.from(JSON.stringify(allowed)).toString('base64') },
  })
  const { url } = await answer.json()
  const tags = [
    ['p', peer],
    ['file-type', type],
    ['encryption-algorithm', 'aes-gcm'],
    ['decryption-key', hex(secretKey)],
    ['decryption-nonce', hex(iv)],
    ['x', x],
    ['ox', await hash(clear)],
  ]
  return nip59.wrapEvent({ kind: 15, created_at: now, tags, content: url }, secret, peer)
}

async function show(event) {
  const message = await open(event)
  write({
    text: message.content,
    author: message.pubkey,
    kind: message.kind,
    at: message.created_at,
    tags: message.tags,
    file: message.kind === 15 ? await download(message) : undefined,
  })
}

// One after the other: a download must not be overtaken.
let shown = Promise.resolve()
const relay = await Relay.connect(url)
relay.subscribe([{ kinds: [1059, 4], '#p': [pub] }], {
  onevent: event => {
    shown = shown.then(() => show(event))
  },
  oneose: () => write({ public: pub }),
})

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  const { say, kind, reply } = command
  const event = command.attach
    ? await attach(command)
    : kind === 4
      ? finalizeEvent(
          {
            kind: 4,
            created_at: Math.floor(Date.now() / 1000),
            tags: [['p', peer]],
            content: await nip04.encrypt(secret, peer, say),
          },
          secret,
        )
      : nip17.wrapEvent(
          secret,
          { publicKey: peer },
          say,
          undefined,
          reply && { eventId: reply, relayUrl: url },
        )
  await relay.publish(event)
  write({ sent: event.id })
}
relay.close()
