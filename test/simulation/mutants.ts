import type { Mutant } from '@holdfast/testkit/mutation';

const CLAIM = 'packages/engine/src/claim.ts';
const COMMITTER = 'packages/engine/src/committer.ts';
const DECODING = 'packages/engine/src/decoding.ts';
const FOLD = 'packages/engine/src/fold.ts';
const INTAKE = 'packages/engine/src/partition-intake.ts';
const SHARD = 'packages/engine/src/shard.ts';
const DELIVERY = 'services/dispatcher/src/delivery.ts';
const SENDING = 'services/dispatcher/src/sending.ts';
const FAKE_SHARD = 'packages/testkit/src/fake-store-shard.ts';
const SIM_STORE = 'test/simulation/sim-store.ts';
const LEDGER = 'test/simulation/ledger.ts';

/**
 * Bugs that the exploration must find. A rule that lives in the engine or the dispatcher is broken in their source; one
 * that lives in the scripts of the store, in the store in memory that passes their contract suite.
 */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no token check',
    edits: [{ file: FAKE_SHARD, find: "if (token !== data.token) return { kind: 'fenced' };", replace: '' }],
  },
  {
    name: 'token and version check both off',
    edits: [{ file: FAKE_SHARD, find: 'if (settings.isUnfenced) return undefined;', replace: 'return undefined;' }],
  },
  {
    name: 'a client that resends after a lost reply',
    edits: [
      {
        file: SIM_STORE,
        find: 'return wire.call<A | StoreFailure>(actor, label, lane, once, unknown);',
        replace: `return wire.call<A | StoreFailure>(actor, label, lane, once, () => undefined as never)
          .then((answer) => answer ?? wire.call<A | StoreFailure>(actor, label, {}, once, unknown));`,
      },
    ],
  },
  {
    name: 'a token that outlives its connection',
    edits: [{ file: SIM_STORE, find: 'const token = String(number)', replace: 'const token = String(actor.name)' }],
  },
  {
    name: 'poll and trim without version',
    edits: [
      {
        file: FAKE_SHARD,
        find: `poll(token: string, version: number, nowMs: number, limit: number): PollAnswer {
      const refused = refusal(data, settings, token, data.meta.version === version);`,
        replace: `poll(token: string, version: number, nowMs: number, limit: number): PollAnswer {
      const refused = refusal(data, settings, token, true);`,
      },
      {
        file: FAKE_SHARD,
        find: 'const isCurrent = data.meta.version >= version && data.meta.version >= trim.entriesVersion;',
        replace: 'const isCurrent = true;',
      },
    ],
  },
  {
    name: 'effects sent before the commit',
    edits: [
      {
        file: COMMITTER,
        find: '    isInFlight = true;\n',
        replace: `      for (const message of commit.outbox) {
        if (message.topic !== '') await (deps as any).output.produce(message.topic, shard.partition, [message]);
        if (message.job) await (deps as any).queue.add([message.job]);
      }
      isInFlight = true;
`,
      },
    ],
  },
  {
    name: 'offsets written apart from state',
    edits: [
      {
        file: COMMITTER,
        find: 'const sending = session.commit(version, commit);',
        replace: `const first = await session.commit(version, { ...commit, inputs: {} });
      if (first.kind !== 'ok') return { kind: 'lost', failure: first };
      const nothing = { states: [], dues: [], deletions: [], outbox: [], kpis: [], history: [], watermarks: {} };
      const sending = session.commit(first.version, { ...nothing, inputs: moved });`,
      },
    ],
  },
  {
    name: 'timers removed before the commit',
    edits: [
      {
        file: FAKE_SHARD,
        find: 'const due = ordered.filter((entry) => entry.dueMs <= nowMs).slice(0, limit);',
        replace: `const due = ordered.filter((entry) => entry.dueMs <= nowMs).slice(0, limit);
      for (const { id } of due) data.dues.delete(id);`,
      },
    ],
  },
  {
    name: 'no adoption at a claim',
    edits: [{ file: CLAIM, find: 'adoptions: slice.adoptions,', replace: 'adoptions: new Map(),' }],
  },
  {
    name: 'a dispatcher that sends what the state does not hold open',
    edits: [
      {
        file: DELIVERY,
        find: 'const verdict = judge(await ports.state(job.entityId), job, nowMs, ports);',
        replace:
          "const verdict: Verdict = nowMs > job.sendBy ? judge(await ports.state(job.entityId), job, nowMs, ports) : { kind: 'send' };",
      },
    ],
  },
  {
    name: 'no sent mark',
    edits: [
      {
        file: SENDING,
        find: 'await ports.marks.markSent(contactId, deliveryNote(contact, outcome), reference);',
        replace: '',
      },
    ],
  },
  {
    name: 'a wall clock in the contact id',
    edits: [
      {
        file: LEDGER,
        find: "['c', entityId, occasion]",
        replace: "['c', entityId, occasion, process.hrtime.bigint()]",
      },
    ],
  },
  {
    name: 'no fingerprint check on a recreated log',
    edits: [{ file: INTAKE, find: 'if (known.hash !== found.hash) return false;', replace: 'return true;' }],
  },
  {
    name: 'a dirty state evicted and read again',
    edits: [
      {
        file: FOLD,
        find: 'if (entity.isOpen) return;',
        replace: `if (entity.isOpen) {
      const { id, committed } = entity;
      if (entity.isDirty && opened.length > 1) entity.state = committed ? rules.read(id, committed) : rules.create(id);
      return;
    }`,
      },
    ],
  },
  {
    name: "a silent reset to the log's end",
    edits: [
      {
        file: INTAKE,
        find: `      if (expected < bounds.low) {
`,
        replace: `      if (expected < bounds.low) {
        expected = bounds.high;
        verified = true;
        return { kind: 'seek', offset: expected };
`,
      },
    ],
  },
  {
    name: 'a wiped store taken for a new one',
    edits: [
      {
        file: SHARD,
        find: `if (answer.kind === 'uninitialised') {
`,
        replace: `if (answer.kind === 'uninitialised') {
        const nowhere = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };
        const inputs = Object.fromEntries(topology.inputs.map((topic) => [topic, nowhere]));
        const clusterId = await log.clusterId();
        await store.initialise(shard, {
          minCodec: 1, clusterId, partitionCount: options.partitionCount, inputs, relay: nowhere, watermarks: {},
        });
        return { kind: 'lost', failure: answer };
`,
      },
    ],
  },
  {
    name: 'no version check',
    edits: [
      {
        file: FAKE_SHARD,
        find: "return isVersionRight ? undefined : { kind: 'rolled-back' };",
        replace: 'return undefined;',
      },
    ],
  },
  {
    name: "a trim that moves the relay offset past a stranger's record",
    edits: [
      {
        file: FAKE_SHARD,
        find: '!trim.relay || trim.producedFrom !== data.meta.relay.nextOffset',
        replace: '!trim.relay',
      },
    ],
  },
  {
    name: 'an adoption that leaves contacts above the cap open',
    edits: [
      {
        file: LEDGER,
        find: 'if (hasForgotten && countingIn(state) > CAP)',
        replace: 'if (hasForgotten && countingIn(state) > 99)',
      },
    ],
  },
  {
    name: "states trusted before the present claim's adoption",
    edits: [
      { file: FAKE_SHARD, find: "return data.token !== '' && data.adopted === data.token;", replace: 'return true;' },
    ],
  },
  {
    name: 'records after a configuration in its batch, under the one before',
    edits: [{ file: DECODING, find: 'return at < 0 ? [] :', replace: 'return true ? [] :' }],
  },
  {
    name: 'a configuration that only the process that took it knows',
    edits: [
      { file: FAKE_SHARD, find: '...(commit.configuration && { configuration: commit.configuration }),', replace: '' },
    ],
  },
  {
    name: 'a sweep that a new claim does not begin again',
    edits: [{ file: CLAIM, find: 'if (meta.isSweepDue) sweep.start();', replace: '' }],
  },
  {
    name: 'an index believed in that new rules have not judged',
    edits: [{ file: FOLD, find: 'isEarlier || entity.isIndexUncertain', replace: 'isEarlier' }],
  },
  {
    name: 'numbers of the shard written apart from the states',
    edits: [
      {
        file: COMMITTER,
        find: 'const sending = session.commit(version, commit);',
        replace: `const first = await session.commit(version, { ...commit, tallies: {} });
      if (first.kind !== 'ok') return { kind: 'lost', failure: first };
      const nothing = { states: [], dues: [], outbox: [], kpis: [], history: [], inputs: {}, watermarks: {} };
      const sending = session.commit(first.version, { ...nothing, tallies: counted ?? {} });`,
      },
    ],
  },
  {
    name: 'numbers not taken back with a batch that throws',
    edits: [
      {
        file: COMMITTER,
        find: 'for (const each of lasting) each.rollback();',
        replace: 'for (const each of lasting) if (each !== tallies) each.rollback();',
      },
    ],
  },
  {
    name: 'numbers that a new claim begins at nothing',
    edits: [{ file: COMMITTER, find: 'createTallies(meta.tallies)', replace: 'createTallies(undefined)' }],
  },
  {
    name: 'a setting that only the process that took it knows',
    edits: [{ file: FAKE_SHARD, find: '...(commit.settings && {', replace: '...(false && commit.settings && {' }],
  },
  {
    name: 'a setting taken before what came before it in its batch',
    edits: [
      {
        file: FOLD,
        find: '    adoptAll();',
        replace: `    adoptAll();
    for (const { decoded } of records) if (decoded.kind === 'setting') settings.take(decoded.name, decoded.text);`,
      },
    ],
  },
  {
    name: 'an adoption that does not count what it takes in',
    edits: [
      {
        file: LEDGER,
        find: 'const before = countingIn(state);\n',
        replace:
          "const before = countingIn(state);\n  if (stimulus.kind === 'adopt') return step(state, stimulus, context, configuration);\n",
      },
    ],
  },
  {
    name: 'a grant that says how much more instead of how much in all',
    edits: [{ file: LEDGER, find: 'Math.max(0, total - tally(COUNTED.granted))', replace: '1' }],
  },
];
