import { isDeepStrictEqual } from 'node:util';
import { type Configuration, decodeJournal, type Effects, type RefusedEvent, type Rules } from '@holdfast/engine';
import { createShardMemory, type ShardMemory } from '@holdfast/testkit';
import { apply, canFetch, TOPICS } from './actions.ts';
import { drain } from './drain.ts';
import {
  armedIn,
  COUNTED,
  CUSTOMERS,
  countingIn,
  DECISIONS,
  FEED,
  INPUTS,
  LEDGER,
  type Ledger,
  type LedgerEvent,
  readLedger,
  silenceIn,
} from './ledger.ts';
import type { World } from './world.ts';

/** The shard must have found its way back within this, ms. */
const SHARD_WITHIN_MS = 40_000;
/** A trim that a failover behind a proxy forgot, where nothing else was forgotten, is made again at the relay's next look. */
const OUTBOX_WITHIN_MS = 70_000;
/** Every contact is answered within this: a contact nobody knows is given up at its `sendBy`. */
const JOBS_WITHIN_MS = 900_000;
/** His silence never lasts. */
const NUDGED = 'ida';
const MOST_ROUNDS = 3_000;
/** A ledger in which nothing is. */
const EMPTY = Buffer.from('0|7|0|0|0|0||');

/** Ends all faults and lets everything come to rest, then looks whether every promise was kept. */
export function settle(world: World): void {
  heal(world);
  let startMs = world.clock.nowMs();
  let nudges = 0;
  for (let rounds = 0; !world.witness.violation(); rounds++) {
    if (moveEverything(world)) continue;
    const stopReason = world.workers[world.owner]?.stopReason;
    const missing = stopReason ? undefined : missingAtRest(world);
    if (missing === undefined) {
      if (stopReason) judgeStop(world, stopReason);
      else if (arriveLate(world)) {
        // A claim of somebody long dead may be among it.
        startMs = world.clock.nowMs();
        continue;
      } else judge(world);
      return;
    }
    if (rounds > MOST_ROUNDS || world.clock.nowMs() - startMs > withinMs(missing)) {
      world.witness.violated(`it did not come to rest: ${missing}`);
    } else if (missing.startsWith('an absence') && nudges < 4) {
      nudges += 1;
      nudge(world);
    } else passTime(world);
  }
}

function withinMs(missing: string): number {
  if (missing.startsWith('effects')) return OUTBOX_WITHIN_MS;
  return missing.startsWith('a job') ? JOBS_WITHIN_MS : SHARD_WITHIN_MS;
}

/** Only stream time fires an absence timer: somebody sends something, later than it is due. */
function nudge(world: World): void {
  world.clock.advance(2_000);
  world.send({ kind: 'plain', customerId: NUDGED, topic: 0 });
}

function isSilent({ lastMs, answeredMs }: Ledger): boolean {
  return lastMs !== 0 && lastMs !== answeredMs;
}

function heal(world: World): void {
  apply(world, ['up', world.owner]);
  for (const slot of [0, 1]) apply(world, ['resume', slot]);
}

/** Everything that can happen happens; answers whether anything did. */
function moveEverything(world: World): boolean {
  let hasMoved = false;
  for (const call of [...world.wire.calls]) {
    if (call.isOrphan) continue;
    if (world.wire.canExecute(call)) {
      world.wire.execute(call);
      hasMoved = true;
    }
    if (world.wire.canReply(call)) {
      world.wire.reply(call);
      hasMoved = true;
    }
  }
  for (const sleeper of world.clock.due()) {
    world.clock.wake(sleeper);
    hasMoved = true;
  }
  for (const slot of [0, 1]) hasMoved = moveWorker(world, slot) || hasMoved;
  let index = 0;
  for (const { status, atMs } of world.queue.jobs.values()) {
    if (status === 'waiting' && atMs <= world.clock.nowMs()) hasMoved = apply(world, ['take', index]) || hasMoved;
    index += 1;
  }
  if (hasMoved) drain();
  return hasMoved;
}

/** What was still under way arrives when everybody else has long gone on. */
function arriveLate(world: World): boolean {
  if (!apply(world, ['run-late'])) return false;
  drain();
  return true;
}

function moveWorker(world: World, slot: number): boolean {
  const worker = world.workers[slot];
  if (!worker) return false;
  let hasMoved = apply(world, ['tell', slot]);
  const { disturbed, isAssigned } = worker.member;
  if (disturbed.size === 0 && !isAssigned) return hasMoved;
  for (let topic = 0; topic < TOPICS.length; topic++) {
    if (disturbed.size > 0) hasMoved = apply(world, ['disturb', slot, topic]) || hasMoved;
    if (canFetch(world, worker, topic)) hasMoved = apply(world, ['fetch', slot, topic, 100]) || hasMoved;
  }
  return hasMoved;
}

function passTime(world: World): void {
  const { clock, queue } = world;
  let nextMs = clock.nextMs() ?? clock.nowMs() + 5_000;
  for (const { status, atMs } of queue.jobs.values()) if (status === 'waiting') nextMs = Math.min(nextMs, atMs);
  clock.advance(Math.max(1, nextMs - clock.nowMs()));
}

/** What is still to happen; undefined when nothing is. */
function missingAtRest(world: World): string | undefined {
  const { store, log, queue } = world;
  const shard = store.shard();
  if (!shard) return 'the store is empty, and the shard has not stopped';
  if (world.wounds.has('recreated')) return 'a log was recreated, and the shard has not stopped';
  const meta = shard.meta();
  for (const topic of INPUTS) {
    const high = log.records(topic).length;
    if ((meta.inputs[topic]?.nextOffset ?? 0) < high) return `records of ${topic} are not folded`;
  }
  if (shard.outboxLength() > 0) return 'effects wait in the outbox';
  if (!shard.isTrusted()) return 'the states are not trusted';
  if (meta.isSweepDue) return 'the index of timers was not gone through';
  const silenceMs = silenceIn(meta.configuration);
  for (const id of CUSTOMERS) {
    const bytes = shard.state(id);
    if (!bytes) continue;
    if (silenceMs !== 0 && id !== NUDGED && isSilent(readLedger(bytes))) return 'an absence has not been answered';
    const armed = armedIn(bytes);
    if (armed) return armed === 'wall' ? 'a timer has not fired' : 'an absence timer has not fired';
  }
  for (const { status } of queue.jobs.values()) if (status !== 'done') return 'a job is not finished';
  return undefined;
}

function judgeStop(world: World, reason: string): void {
  const { wounds, witness } = world;
  const expected = {
    uninitialised: wounds.has('wiped'),
    gap: wounds.has('truncated') || wounds.has('recreated'),
    ahead: wounds.has('recreated'),
    'log-changed': wounds.has('recreated'),
  };
  if (!expected[reason as keyof typeof expected]) witness.violated(`the shard stopped for no reason: ${reason}`);
}

function judge(world: World): void {
  const { witness, store } = world;
  const shard = store.shard();
  if (!shard || witness.violation()) return;
  const folded = foldJournal(world);
  for (const id of CUSTOMERS) {
    const bytes = shard.state(id);
    const clean = folded.get(id);
    if (!bytes && !clean) continue;
    if (!bytes || !clean || !bytes.equals(LEDGER.encode(clean, LEDGER.codecVersion))) {
      witness.violated(`the state of ${id} is not the fold of the journal`);
    }
    if (bytes) judgeContacts(world, id, readLedger(bytes));
  }
}

/** The newest that could be put into force is, and of those after it the last is known to be refused. */
function judgeConfiguration({ store, witness }: World, inForce: Configuration | undefined, refused: string): void {
  const meta = store.shard()?.meta();
  if (meta?.configuration?.text !== inForce?.text) witness.violated('the shard is configured with something else');
  if ((meta?.refused?.name ?? '') !== refused) witness.violated('the shard does not say what was refused');
}

/** Numbers and settings are what the journal says, and the numbers what the states and the log say. */
function judgeMemory({ clock, store, witness }: World, memory: ShardMemory): void {
  const { tallies = {}, settings = {} } = store.shard()?.meta() ?? {};
  if (!isDeepStrictEqual(settings, memory.settings())) witness.violated('a setting is not the newest of the journal');
  const counted = memory.tallies(clock.nowMs());
  if (!isDeepStrictEqual(tallies, counted)) witness.violated('a number of the shard is not what the journal counts');
  const at = (name: string) => tallies[name]?.value ?? 0;
  const ofEach = CUSTOMERS.map((id) => countingIn(readLedger(store.shard()?.state(id) ?? EMPTY)));
  const contacts = ofEach.reduce((sum, count) => sum + count, 0);
  if (at(COUNTED.contacts) !== contacts) witness.violated('a number of the shard is not what its states add up to');
  if (at(COUNTED.granted) !== at(COUNTED.asked)) witness.violated('what was asked for was not granted once');
}

function judgeContacts(world: World, customerId: string, state: Ledger): void {
  const { witness } = world;
  for (const { id, status } of state.contacts) {
    if (status === 'o') witness.violated('a contact was never settled');
    if (witness.contacts.has(id)) continue;
    if (status === 'k') witness.violated('a contact counts as made, and nobody was reached');
    if (witness.hasRolledBack() || customerId === 'mona') continue;
    witness.violated('a contact was lost, and so were no writes');
  }
}

/** Folds what the journal says, in its order, and checks that every record is in it once. */
function foldJournal(world: World): Map<string, Ledger> {
  const { log, store, witness } = world;
  const states = new Map<string, Ledger>();
  const next = new Map<string, number>(INPUTS.map((topic) => [topic, 1]));
  const memory = createShardMemory();
  let watermark: number | undefined;
  let rules: Rules<Ledger, LedgerEvent> = LEDGER;
  let inForce: Configuration | undefined;
  let refused = '';
  const take = (effects: Effects | RefusedEvent | undefined) => {
    if (effects && !('refused' in effects)) memory.change(effects.tallies);
  };
  const configure = (brought: Configuration) => {
    const taken = LEDGER.configuration.take(brought, inForce, { atMs: 0, watermarks: new Map() });
    refused = taken.kind === 'refused' ? brought.name : '';
    if (taken.kind === 'taken') [rules, inForce] = [taken.rules, taken.kept];
  };
  const open = (id: string): Ledger => {
    const state = states.get(id) ?? rules.create(id);
    states.set(id, state);
    return state;
  };
  const contextOf = (entityId: string, nowMs: number) => ({
    entityId,
    partition: 0,
    partitionCount: 1,
    nowMs,
    watermark: (feed: string) => (feed === FEED ? watermark : undefined),
    tally: (name: string) => memory.tally(name, nowMs),
    setting: memory.setting,
  });
  const decodedAt = (topic: string, offset: number) => {
    const record = log.records(topic)[offset];
    const decoded = record && LEDGER.decode(record);
    return record && decoded && 'kind' in decoded ? { record, ...decoded } : undefined;
  };
  const eventAt = (topic: string, offset: number) => {
    const found = decodedAt(topic, offset);
    return found?.kind === 'event' ? found : undefined;
  };
  for (const line of (store.shard()?.journal() ?? []).flatMap(decodeJournal)) {
    if ('timer' in line) {
      take(rules.step(open(line.timer), { kind: 'timer' }, contextOf(line.timer, line.nowMs)));
    } else if ('adopt' in line) {
      const decisions = line.offsets.flatMap((offset) => eventAt(DECISIONS, offset)?.event ?? []);
      take(rules.step(open(line.adopt), { kind: 'adopt', decisions }, contextOf(line.adopt, line.nowMs)));
    } else {
      if (next.get(line.topic) !== line.offset) witness.violated('a record counts not exactly once');
      next.set(line.topic, line.offset + 1);
      const found = decodedAt(line.topic, line.offset);
      if (found?.kind === 'configuration') configure(found);
      if (found?.kind === 'setting') memory.set(found.name, found.text);
      if (found?.kind === 'shard-event') {
        take(rules.stepShard?.(found.event, contextOf('', found.record.appendTime)));
      }
      if (found?.kind !== 'event' || found.event.kind === 'bomb') continue;
      const { record, entityId, event, identity } = found;
      for (const state of states.values()) {
        if (state.wallMs !== 0 && state.wallMs <= record.appendTime) witness.violated('a record overtook a timer');
      }
      watermark = Math.max(watermark ?? 0, Math.min(identity.occurredAt, record.appendTime));
      const stimulus = { kind: 'event', event, identity, isLate: false } as const;
      take(rules.step(open(entityId), stimulus, contextOf(entityId, record.appendTime)));
    }
  }
  for (const topic of INPUTS) {
    if (next.get(topic) !== log.records(topic).length) witness.violated('a record counts not exactly once');
  }
  judgeConfiguration(world, inForce, refused);
  judgeMemory(world, memory);
  return states;
}
