// Reads a JSON command a line, writes a JSON event a line:
//   node client.mjs RELAY PEER   ->  {"public": hex}
//   {"say": text, "kind": 14|4, "reply": id?}  ->  {"sent": id of the wrap or of the kind 4 event}
//   each message that comes in  ->  {"text", "author", "kind", "at", "tags"}
// It ends when its standard input ends.
import { createInterface } from 'node:readline'
import { Relay, useWebSocketImplementation } from 'nostr-tools/relay'
import { finalizeEvent, generateSecretKey, getPublicKey, verifyEvent } from 'nostr-tools/pure'
import * as nip04 from 'nostr-tools/nip04'
import * as nip17 from 'nostr-tools/nip17'
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

const relay = await Relay.connect(url)
relay.subscribe([{ kinds: [1059, 4], '#p': [pub] }], {
  onevent: async event => {
    const message = await open(event)
    write({
      text: message.content,
      author: message.pubkey,
      kind: message.kind,
      at: message.created_at,
      tags: message.tags,
    })
  },
  oneose: () => write({ public: pub }),
})

for await (const line of createInterface({ input: process.stdin })) {
  const { say, kind, reply } = JSON.parse(line)
  const event =
    kind === 4
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
