// Runs machine definitions in XState. Reads {machine, expressions, events} as lines of JSON and
// answers each with a line: what is active after the start and after each event, and what was said.
//
// An event is {type, true: [codes of guards that hold]}, or {wait: milliseconds}. `expressions` says
// what a code means where it can be computed: a tree of arrays such as ["equals", "x", 1].

import {createInterface} from 'node:readline'
import {SimulatedClock, and, assign, createActor, createMachine, not, raise, stateIn} from 'xstate'

function guardOf(tree, id) {
  const [kind, left, right] = tree
  if (kind === 'in') return stateIn(`#${id}.${left}`)
  if (kind === 'not') return not(guardOf(left, id))
  if (kind === 'both') return and([guardOf(left, id), guardOf(right, id)])
  if (kind === 'equals') return ({context}) => context[left] === right
  throw new Error(`no guard: ${kind}`)
}

function valueOf(tree, context) {
  const [kind, variable, amount, modulus] = tree
  if (kind === 'add') return (context[variable] + amount) % modulus
  throw new Error(`no value: ${kind}`)
}

// A guard that asks for states cannot be a function in XState: it stands in the definition itself.
function withGuards(node, expressions, id) {
  if (Array.isArray(node)) return node.map((each) => withGuards(each, expressions, id))
  if (node === null || typeof node !== 'object') return node
  const made = {}
  for (const [key, value] of Object.entries(node)) {
    const tree = key === 'guard' && value.type === 'expression' && expressions[value.params.code]
    made[key] = tree ? guardOf(tree, id) : withGuards(value, expressions, id)
  }
  return made
}

// Delays that are computed stand by their expression; here those that are a number of seconds.
function delaysOf(node) {
  const own = Object.keys(node.after ?? {}).filter((name) => name.startsWith('delay:'))
  const made = Object.fromEntries(own.map((name) => [name, Number(name.slice(6)) * 1000]))
  return Object.assign(made, ...Object.values(node.states ?? {}).map(delaysOf))
}

function leavesOf(value, path = '') {
  if (typeof value === 'string') return [path ? `${path}.${value}` : value]
  const inner = Object.entries(value)
  if (inner.length === 0) return [path]
  return inner.flatMap(([key, each]) => leavesOf(each, path ? `${path}.${key}` : key))
}

function run({machine, expressions, events}) {
  const journal = []
  let holds = []
  const clock = new SimulatedClock()
  const actor = createActor(
    createMachine(withGuards(machine, expressions, machine.id), {
      actions: {
        say: ({context}, {say}) => {
          journal.push(String(say).replace(/\{(\w+)\}/g, (_, name) => context[name]))
        },
        ask: () => {},
        back: () => {},
        raise: raise((_, {event}) => ({type: event})),
        set: assign(({context}, params) => {
          const made = {}
          for (const [name, code] of Object.entries(params)) {
            made[name] = code in expressions ? valueOf(expressions[code], context) : code
          }
          return made
        }),
      },
      delays: delaysOf(machine),
      guards: {expression: (_, {code}) => holds.includes(code)},
    }),
    {clock},
  )
  const steps = []
  const look = () => {
    const {value, status, context} = actor.getSnapshot()
    steps.push({leaves: leavesOf(value), done: status === 'done', context, journal: journal.splice(0)})
  }
  actor.start()
  look()
  for (const event of events) {
    if (actor.getSnapshot().status !== 'active') break
    holds = event.true ?? []
    if (event.wait) clock.increment(event.wait)
    else actor.send({type: event.type})
    look()
  }
  actor.stop()
  return steps
}

for await (const line of createInterface({input: process.stdin})) {
  process.stdout.write(`${JSON.stringify(run(JSON.parse(line)))}\n`)
}
