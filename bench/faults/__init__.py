"""The fault harness: bots that ship are killed and cheated while a crowd talks with them.

`python -m bench.faults` runs it; `docs/explanation/guarantees.md` tells what is proved. The
parts, in the order in which a reader needs them:

    life      one life of a bot: what `statechat run` does, in a process that will be killed
    zygote    the process that has imported everything and is forked for each life
    plan      what a season is to be, and what it was
    stage     what seasons share: processes to fork, servers
    homes     where a bot keeps what it knows
    mongo     a MongoDB, and the wire to it, which fails
    faults    what goes wrong inside of a life: the points at which it dies, a store that fails
    crowd     what a season asks of people and of the way to them
    telegram  people there, and the gate before the Bot API server: failing calls, what came through
    nostr     people there
    gates     the way to a relay: it drops, repeats, reorders, refuses, and is cut
    persons   the crowd, and what it says
    model     what should have happened, written from the meaning of the flows
    explanation  ways through the model that explain what a person was told
    judge     holds documents, log and what people received against the model
    verdict   what was found: faults by kind, and counts
    slots     the places of its workers
    season    one bot, one store, one crowd, many lives
    campaign  many seasons, some side by side, until enough kills count
    table     kills by point, as a table and as a chart
    mutants   seeded mistakes of the runtime, each of which the judge has to find
    hunt      looks for each of them, and for nothing where there is none
"""
