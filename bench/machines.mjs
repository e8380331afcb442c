// The event of machines.py in XState: `node machines.mjs FOLDER ROUNDS CALLS` with a stored document
// on standard input. FOLDER has XState in its node_modules. Prints microseconds a call, one array
// of rounds a way.

import {createRequire} from 'node:module'
import {readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'

const [folder, rounds, calls] = process.argv.slice(2)
const {assign, createActor, createMachine, transition} = createRequire(
  join(resolve(folder), 'package.json'),
)('xstate')
const stored = JSON.parse(readFileSync(0, 'utf8'))

let said = ''
const move = {actions: [
  assign({count: ({context}) => context.count + 1}),
  ({context}) => { said = `Step ${context.count}.` },
]}
const machine = createMachine({
  id: 'plain',
  initial: 'here',
  context: stored,
  states: {
    here: {on: {go: [
      {guard: ({context}) => context.count > 1000, target: 'here'},
      {guard: ({context}) => context.count >= 0, target: 'there', ...move},
    ]}},
    there: {on: {go: {target: 'here', ...move}}},
  },
})

const text = JSON.stringify(createActor(machine).start().getPersistedSnapshot())

function actor() {
  const made = createActor(machine, {snapshot: JSON.parse(text)}).start()
  made.send({type: 'go'})
  const after = JSON.stringify(made.getPersistedSnapshot())
  made.stop()
  return after
}

function pure() {
  const before = machine.restoreSnapshot(JSON.parse(text), undefined)
  const [after] = transition(machine, before, {type: 'go'})
  return JSON.stringify(machine.getPersistedSnapshot(after))
}

function json() {
  return JSON.stringify(JSON.parse(text))
}

for (const way of [actor, pure]) {
  const {value, context} = JSON.parse(way())
  if (value !== 'there' || context.count !== stored.count + 1) throw new Error(`${way.name} is wrong`)
}
if (said !== `Step ${stored.count + 1}.`) throw new Error('nothing was said')
const found = {actor: [], pure: [], json: []}
for (let round = -10; round < Number(rounds); round += 1) {
  for (const way of [actor, pure, json]) {
    const start = process.hrtime.bigint()
    for (let call = 0; call < Number(calls); call += 1) way()
    const spent = Number(process.hrtime.bigint() - start) / 1000 / Number(calls)
    if (round >= 0) found[way.name].push(spent)
  }
}
console.log(JSON.stringify(found))
