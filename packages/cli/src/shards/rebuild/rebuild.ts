import {
  type Clock,
  createShadow,
  type DueEntity,
  ENGINE_DEFAULTS,
  type Limits,
  type LogRecord,
  type OutboxMessage,
  type ReleasedDecision,
  type Shadow,
  type ShadowAnswer,
  type ShardMeta,
  type ShardSession,
  type ShardStore,
} from '@holdfast/engine';
import { CUSTOMER_INPUTS, DEAD_LETTER_TOPIC, DECISION_TOPIC } from '@holdfast/events';
import { createGenerationAdmin, createShardStore, type GenerationAdmin, type ShardRecord } from '@holdfast/redis';
import type { CustomerEvent } from '@holdfast/telecom';
import { StackFailure } from '../../../../../infra/stack/index.mjs';
import type { Addresses } from '../../addresses.ts';
import { type ShardDesk, shardOf } from '../shard-desk.ts';
import { type Comparison, compareGenerations, isSame } from './comparison.ts';
import { type CustomerRules, openCustomerRules } from './customer-rules.ts';
import { type Hold, holdShard } from './hold.ts';
import { openRebuildLog, type RebuildLog } from './rebuild-log.ts';

export interface RebuildPlan {
  readonly partitions: readonly number[];
  /** Differing customers to name, per shard. */
  readonly show: number;
  readonly acceptDifferences: boolean;
  /** Compare only. */
  readonly dryRun: boolean;
  /** Fold what is left of a log whose start is gone. */
  readonly fromLogStart: boolean;
}

export interface Rebuilt {
  readonly partition: number;
  readonly folded: number;
  readonly comparison: Comparison;
  /** Released decisions that the fold did not make, and took over from the decision log. */
  readonly takenOver: number;
  /** Decisions of the fold that were never released. */
  readonly neverReleased: number;
  /** How long nobody owned the shard, ms. */
  readonly heldMs: number;
  readonly outcome: 'swapped' | 'compared' | 'left as it was';
}

/** What all shards of one rebuild share. */
interface Workshop {
  readonly addresses: Addresses;
  readonly desk: ShardDesk;
  readonly generations: GenerationAdmin;
  readonly rules: CustomerRules;
  readonly log: RebuildLog;
  readonly plan: RebuildPlan;
  say(line: string): void;
}

/** A live shard further ahead than this is followed before it is held. */
const NEAR_RECORDS = 2_000;
const CHASES = 100;
/** Occasions of decisions that a timer set off, not an event, begin so. */
const TIMED = ['silence:', 'date:'];
const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Folds shards again from where the log begins, beside the live ones, and compares; swaps what is equal, or what the
 * operator accepts. Workers go on until a shard is compared. Throws `StackFailure` with the way out.
 */
export async function rebuildShards(
  addresses: Addresses,
  desk: ShardDesk,
  plan: RebuildPlan,
  say: (line: string) => void,
): Promise<readonly Rebuilt[]> {
  for (const partition of plan.partitions) await refuseShortLog(desk, partition, plan);
  const rules = await openCustomerRules(addresses, Date.now());
  const generations = createGenerationAdmin({ url: addresses.redisUrl });
  const log = await openRebuildLog(addresses);
  const workshop: Workshop = { addresses, desk, generations, rules, log, plan, say };
  try {
    const rebuilt: Rebuilt[] = [];
    for (const partition of plan.partitions) rebuilt.push(await rebuildShard(workshop, partition));
    return rebuilt;
  } finally {
    rules.close();
    await Promise.all([log.close(), generations.close()]);
  }
}

/** What retention took cannot be folded: the fresh states would lack it. */
async function refuseShortLog(desk: ShardDesk, partition: number, { fromLogStart }: RebuildPlan): Promise<void> {
  if (fromLogStart) return;
  for (const topic of CUSTOMER_INPUTS) {
    const { low } = await desk.bounds(topic, partition);
    if (low === 0) continue;
    throw new StackFailure(
      `${topic}/${partition} begins at offset ${low}: retention took what was before, a rebuild would lack it`,
      'restore a backup of Redis instead; --from-log-start folds what is left',
    );
  }
}

async function rebuildShard(workshop: Workshop, partition: number): Promise<Rebuilt> {
  const { desk, generations, addresses, say } = workshop;
  const shard = shardOf(partition);
  const record = await desk.inspect(partition);
  refuseWhileSwept(record);
  await removeLeftovers(generations, partition, record);
  const generation = nextGeneration(record);
  if (!(await generations.begin(shard, generation))) throw new StackFailure(`shard ${partition} is gone`, '');
  const store = createShardStore({
    url: addresses.redisUrl,
    codecVersion: workshop.rules.topology.codecVersion,
    shadow: generation,
  });
  let isSwapped = false;
  try {
    // A log that is whole tells of every erasure at its place; of one cut short the live shard remembers more.
    const { erasures = {} } = workshop.plan.fromLogStart ? record.meta : {};
    // Its policies, settings and numbers come in their place; what was refused there is refused again, whatever this release can.
    const { configuration, refused, isSweepDue, tallies, settings, ...meta } = record.meta;
    const begin = { ...meta, ...(await startOf(desk, partition)), watermarks: {}, erasures };
    await store.initialise(shard, begin);
    const session = await store.open(shard);
    try {
      say(`shard ${partition}: folding the log into generation ${generation}\n`);
      const meta = () => metaOf(store, partition);
      const rebuilt = await foldAndCompare(workshop, { partition, record, generation, session, meta });
      isSwapped = rebuilt.outcome === 'swapped';
      return rebuilt;
    } finally {
      await session.close();
    }
  } finally {
    await store.close();
    if (isSwapped) {
      await generations.tidy(shard, generation);
      await generations.remove(shard, record.generation, 'garbage');
    } else await generations.remove(shard, generation, 'building');
  }
}

interface Fresh {
  readonly partition: number;
  /** The live shard as it was found. */
  readonly record: ShardRecord;
  readonly generation: string;
  readonly session: ShardSession;
  /** What the fold has come to. */
  meta(): Promise<ShardMeta>;
}

async function foldAndCompare(workshop: Workshop, fresh: Fresh): Promise<Rebuilt> {
  const { desk, log, rules } = workshop;
  const { partition, session } = fresh;
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new StackFailure(`the fresh keys could not be claimed: ${claimed.kind}`, '');
  const made = new Set<string>();
  const pending: Promise<void>[] = [];
  const firings: DueEntity[] = [];
  const shadow = createShadow(
    claimed.meta,
    {
      shard: shardOf(partition),
      topology: rules.topology,
      session,
      log: log.log,
      clock: CLOCK,
      firings,
      trouble: (code, message) => workshop.say(`shard ${partition}: ${code}: ${message}\n`),
      discarded: (messages) => void pending.push(noteDecisions(rules, partition, messages, made)),
    },
    { ...ENGINE_DEFAULTS, partitionCount: claimed.meta.partitionCount, deadLetterTopic: DEAD_LETTER_TOPIC },
  );
  log.feed(partition, shadow);
  try {
    await noteSilences(workshop, partition, firings);
    await chase(desk, shadow, partition);
    const hold = await holdShard(desk.admin, partition);
    const heldFromMs = Date.now();
    await noteSilences(workshop, partition, firings);
    let isOver = false;
    try {
      const rest = await finishFold(workshop, shadow, fresh, { made, pending });
      const rebuilt = await settle(workshop, fresh, hold);
      isOver = rebuilt.outcome === 'swapped';
      return { partition, folded: shadow.folded, ...rest, ...rebuilt, heldMs: Date.now() - heldFromMs };
    } finally {
      hold.stop();
      if (!isOver) await letGo(desk, partition, hold);
    }
  } finally {
    shadow.close();
    log.feed(partition, undefined);
  }
}

/** When released decisions answered a silence: the log tells, as the live shard looked at moments of its own. */
async function noteSilences(workshop: Workshop, partition: number, firings: DueEntity[]): Promise<void> {
  const { log, plan, rules } = workshop;
  // Of what is left of a log nobody may be there whose silence was answered.
  if (plan.fromLogStart) return;
  const known = firings.length;
  const found: DueEntity[] = [];
  await log.decisions(partition, async (record) => {
    const decision = await decisionIn(rules, record);
    if (decision && TIMED.some((kind) => decision.occasion.startsWith(kind)))
      found.push({ id: decision.customerId, dueMs: decision.decidedAt });
  });
  firings.push(...found.slice(known).sort((a, b) => a.dueMs - b.dueMs));
}

/** Follows the live shard until what is left is little. */
async function chase(desk: ShardDesk, shadow: Shadow<CustomerEvent>, partition: number): Promise<void> {
  for (let round = 0; round < CHASES; round++) {
    const limits = await limitsOf(desk, partition);
    must(await shadow.foldTo(limits));
    const ahead = Object.entries(await limitsOf(desk, partition)).map(([topic, next]) => next - (limits[topic] ?? 0));
    if (ahead.reduce((sum, records) => sum + records, 0) < NEAR_RECORDS) return;
  }
  throw new StackFailure(`shard ${partition} is folded faster than it can be rebuilt`, 'try again when less comes in');
}

/** The live shard is held: folds up to exactly where it stands, fires what it has fired, and adopts. */
async function finishFold(
  workshop: Workshop,
  shadow: Shadow<CustomerEvent>,
  { partition, record }: Fresh,
  { made, pending }: { readonly made: ReadonlySet<string>; readonly pending: readonly Promise<void>[] },
): Promise<Pick<Rebuilt, 'takenOver' | 'neverReleased'>> {
  const { desk, generations, log, rules } = workshop;
  const shard = shardOf(partition);
  must(await shadow.foldTo(await limitsOf(desk, partition)));
  // Whatever the live shard has fired was due before the first entry of its index; nothing it has not fired was.
  const nextDueMs = await generations.nextDueMs(shard, record.generation);
  must(await shadow.fireUntil(Math.min(Date.now(), (nextDueMs ?? Number.POSITIVE_INFINITY) - 1)));
  await Promise.all(pending);
  const released = new Set<string>();
  const forgotten = new Map<string, ReleasedDecision<CustomerEvent>[]>();
  let takenOver = 0;
  await log.decisions(partition, async (record) => {
    const decision = await decisionIn(rules, record);
    if (!decision) return;
    released.add(decision.contactId);
    if (made.has(decision.contactId)) return;
    takenOver += 1;
    const { customerId } = decision;
    const atMs = Math.min(decision.occurredAt, record.appendTime);
    forgotten.set(customerId, [...(forgotten.get(customerId) ?? []), { offset: record.offset, event: decision, atMs }]);
  });
  must(await shadow.adopt(forgotten, Date.now()));
  await noteDecisions(rules, partition, await generations.waiting(shard), released);
  return { takenOver, neverReleased: [...made].filter((contactId) => !released.has(contactId)).length };
}

async function settle(workshop: Workshop, { partition, record, generation, meta }: Fresh, hold: Hold) {
  const { desk, generations, plan, rules } = workshop;
  const shard = shardOf(partition);
  const pair = { shard, live: record.generation, fresh: generation };
  const live = await desk.inspect(partition);
  refuseWhileSwept(live);
  const fresh = await meta();
  const judge = rules.judgeOf(live.meta, fresh);
  const comparison = await compareGenerations(generations, pair, {
    show: plan.show,
    live: live.meta,
    fresh,
    nowMs: Date.now(),
    judge,
  });
  if (plan.dryRun) return { comparison, outcome: 'compared' as const };
  if (!isSame(comparison) && !plan.acceptDifferences) return { comparison, outcome: 'left as it was' as const };
  const answer = await desk.admin.change(shard, {
    version: hold.version,
    holdId: hold.id,
    what: `rebuild into generation ${generation}: ${comparison.different} different, ${comparison.missing} missing, ${comparison.extra} extra`,
    generation,
    garbage: record.generation,
    dictionary: fresh.dictionary ?? {},
    ...(fresh.configuration ? { configuration: fresh.configuration } : {}),
    refused: fresh.refused ?? null,
    isSweepDue: fresh.isSweepDue ?? false,
    tallies: replacing(live.meta.tallies, fresh.tallies),
    settings: replacing(live.meta.settings, fresh.settings),
    forget: ['hold', 'building'],
  });
  if (answer.kind === 'ok') return { comparison, outcome: 'swapped' as const };
  throw new StackFailure(`shard ${partition} was not held long enough to be swapped`, 'nothing was changed; try again');
}

/** Every name of either side: with what the fresh one has, or null. */
function replacing<T>(
  live: Readonly<Record<string, T>> | undefined,
  fresh: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T | null>> {
  const gone = Object.keys(live ?? {}).map((name) => [name, null] as const);
  return { ...Object.fromEntries(gone), ...fresh };
}

async function letGo(desk: ShardDesk, partition: number, { id, version }: Hold): Promise<void> {
  await desk.admin.change(shardOf(partition), {
    version,
    holdId: id,
    what: 'rebuild compared the shard and left it as it was',
    forget: ['hold'],
  });
}

async function limitsOf(desk: ShardDesk, partition: number): Promise<Limits> {
  const { inputs } = (await desk.inspect(partition)).meta;
  return Object.fromEntries(Object.entries(inputs).map(([topic, { nextOffset }]) => [topic, nextOffset]));
}

/** Where the log begins. There is no record before the first one: the engine takes it as gone by retention. */
async function startOf(desk: ShardDesk, partition: number) {
  const at = async (topic: string) => {
    const { low } = await desk.bounds(topic, partition);
    return { nextOffset: low, fingerprint: { offset: low - 1, appendTime: 0, hash: '' } };
  };
  const inputs = await Promise.all(CUSTOMER_INPUTS.map(async (topic) => [topic, await at(topic)] as const));
  return { inputs: Object.fromEntries(inputs), relay: await at(DECISION_TOPIC) };
}

async function removeLeftovers(generations: GenerationAdmin, partition: number, record: ShardRecord): Promise<void> {
  const shard = shardOf(partition);
  if (record.garbage !== undefined) await generations.remove(shard, record.garbage, 'garbage');
  if (record.building !== '' && record.building !== record.generation) {
    await generations.remove(shard, record.building, 'building');
  }
}

/** What its sweep has not come to yet, a fold at its leisure would have answered. */
function refuseWhileSwept({ meta }: ShardRecord): void {
  if (!meta.isSweepDue) return;
  const found = 'a policy was published, and customers nobody touches are still being judged by it';
  throw new StackFailure(found, 'try again in a few minutes; holdfast shard show says when it is over');
}

async function metaOf(store: ShardStore, partition: number): Promise<ShardMeta> {
  const meta = await store.readMeta(shardOf(partition));
  if (meta) return meta;
  throw new StackFailure('the fresh keys are gone', 'nothing was changed; try again');
}

function nextGeneration({ generation, building, garbage }: ShardRecord): string {
  return String(Math.max(1, ...[generation, building, garbage ?? ''].map(Number)) + 1);
}

async function noteDecisions(
  rules: CustomerRules,
  partition: number,
  messages: readonly OutboxMessage[],
  into: Set<string>,
): Promise<void> {
  for (const { topic, key, value, headers } of messages) {
    if (topic !== DECISION_TOPIC) continue;
    const decision = await decisionIn(rules, { topic, partition, offset: 0, appendTime: 0, key, value, headers });
    if (decision) into.add(decision.contactId);
  }
}

async function decisionIn({ topology }: CustomerRules, record: LogRecord) {
  const decoded = await topology.decode(record);
  return decoded.kind === 'event' && decoded.event.type === 'DecisionMade' ? decoded.event : undefined;
}

function must(answer: ShadowAnswer): void {
  if (answer.kind === 'failed') throw new StackFailure(`the log could not be folded again: ${answer.message}`, '');
}
