import type { LogRecord } from '@holdfast/engine';
import { DECISION_TOPIC, INPUT_TOPICS } from '@holdfast/events';
import type { CustomerEvent, CustomerState } from '@holdfast/telecom';
import { dependentOnOrder } from './any-order.ts';
import { type CleanFold, foldCleanly } from './clean-fold.ts';
import type { Evidence, Rules, ShardEvidence } from './evidence.ts';
import { CHANNEL, PARTITIONS, SOON_MS, type StoredShard } from './installation-view.ts';
import { ON_TIME_BESIDE_OTHERS_MS, ON_TIME_MS, unpunctual } from './punctuality.ts';

/** Where an installation is not what a clean fold of its log gives, in words, by subject; only subjects with findings. */
export type Findings = Readonly<Partial<Record<Subject, readonly string[]>>>;

type Subject =
  | 'journal'
  | 'states'
  | 'timers'
  | 'punctuality'
  | 'any order'
  | 'kpis'
  | 'tallies'
  | 'settings'
  | 'decisions'
  | 'jobs'
  | 'alerts'
  | 'caps'
  | 'dead letters'
  | 're-routed';

export interface JudgeOptions {
  /** The store lost its last writes, or all of them: decisions of that time stand in the log and were adopted. */
  readonly hasLostWrites?: boolean;
  /**
   * The broker went away in mid-stream: what it appended without an answer was produced again. Whoever reads the decision
   * log knows copies by their contact id; jobs and alerts come once all the same.
   */
  readonly mayRepeatDecisions?: boolean;
  /** Another file of tests had the machine too: what is due may take longer than is promised. */
  readonly isBesideOthers?: boolean;
}

/** How the files of the `operations` tier judge: two of them have the machine. */
export const BESIDE_OTHERS: JudgeOptions = { isBesideOthers: true };

type JudgedShard = ShardEvidence & { readonly fold: CleanFold<CustomerState, CustomerEvent> };

/** A timer whose feed has not come far enough is looked at again after so long, on whole seconds, ms. */
const HELD_BACK_MS = 5_000;
const LOOK_GRID_MS = 1_000;
/** The more wait, the longer it may be. */
const HELD_BACK_MS_PER_TIMER = 4;
/** Of the other order in which events are folded. */
const ORDER_SEED = 7;

/**
 * Folds the log of every shard in the order of its journal and compares what comes out with what is there. Bytes are
 * compared as bytes: a state depends on nothing but what was folded, and in which order.
 */
export async function judge(evidence: Evidence, rules: Rules, options: JudgeOptions = {}): Promise<Findings> {
  const shards = await Promise.all(
    evidence.shards.map(async (shard) => ({
      ...shard,
      fold: await foldCleanly(rules.topology, shard.log, PARTITIONS),
    })),
  );
  const onTimeMs = options.isBesideOthers ? ON_TIME_BESIDE_OTHERS_MS : ON_TIME_MS;
  const perShard = (examine: (shard: JudgedShard) => readonly string[]) => shards.flatMap(examine);
  const found: Record<Subject, readonly string[]> = {
    journal: perShard(({ fold }) => fold.faults),
    states: perShard(stateFindings),
    timers: perShard((shard) => timerFindings(shard, onTimeMs)),
    punctuality: perShard((shard) => punctualityFindings(shard, onTimeMs)),
    'any order': perShard(({ fold }) => (hasSwitched(fold) ? [] : dependentOnOrder(fold, rules, ORDER_SEED))),
    kpis: perShard(kpiFindings),
    tallies: perShard(tallyFindings),
    settings: perShard(settingFindings),
    decisions: perShard((shard) => decisionFindings(shard, options)),
    jobs: jobFindings(evidence),
    alerts: alertFindings(evidence),
    caps: capFindings(evidence, rules),
    'dead letters': deadLetterFindings(evidence, shards),
    're-routed': reroutedFindings(shards),
  };
  return Object.fromEntries(Object.entries(found).filter(([, findings]) => findings.length > 0));
}

/** In another order events would be told under another policy. */
function hasSwitched({ configurations }: CleanFold<CustomerState, CustomerEvent>): boolean {
  return configurations.length > 0;
}

function stateFindings({ fold, stored }: JudgedShard): string[] {
  const ids = new Set([...fold.stored.keys(), ...stored.states.keys()]);
  return [...ids].flatMap((id) => {
    const [expected, found] = [fold.stored.get(id), stored.states.get(id)];
    if (!expected) return [`${id} is stored, though nothing was folded for him`];
    if (!found) return [`${id} is missing`];
    return expected.equals(found) ? [] : [`${id} is not what was folded for him`];
  });
}

/** The index may be early, never late, and lists everybody. */
function timerFindings({ fold, stored }: JudgedShard, onTimeMs: number): string[] {
  const surplus = [...stored.dues.keys()].filter((id) => !fold.states.has(id));
  const wrong = [...fold.states.keys()].flatMap((id) => {
    const { wallMs = Number.POSITIVE_INFINITY, eventTime } = fold.dueOf(id);
    const eventMs = eventTime?.dueMs ?? Number.POSITIVE_INFINITY;
    const lookMs = eventMs <= stored.readAtMs ? stored.readAtMs + lookEveryMs(stored.dues.size) : eventMs;
    const indexed = stored.dues.get(id);
    if (indexed === undefined) return [`${id} is not in the index`];
    if (wallMs < stored.readAtMs - onTimeMs) return [`${id} has a timer of ${wallMs} that did not fire`];
    const latest = Math.min(wallMs, lookMs);
    return indexed <= latest ? [] : [`${id} is indexed at ${indexed}, later than ${latest}`];
  });
  return [...surplus.map((id) => `${id} is in the index, though nothing was folded for him`), ...wrong];
}

function punctualityFindings({ fold, log, stored }: JudgedShard, onTimeMs: number): string[] {
  const usage = log.inputs.get(INPUT_TOPICS.usage) ?? [];
  const busyUntilMs = usage.at(-1)?.appendTime ?? 0;
  return unpunctual(fold.firings, log.journal, { busyUntilMs, lookEveryMs: lookEveryMs(stored.dues.size), onTimeMs });
}

function lookEveryMs(timers: number): number {
  return Math.max(HELD_BACK_MS, timers * HELD_BACK_MS_PER_TIMER) + LOOK_GRID_MS;
}

function kpiFindings({ fold, stored }: JudgedShard): string[] {
  const cells = new Set([...fold.kpis.keys(), ...stored.kpis.keys()]);
  return [...cells]
    .map((cell) => ({ cell, expected: fold.kpis.get(cell) ?? 0, found: stored.kpis.get(cell) ?? 0 }))
    .filter(({ expected, found }) => expected !== found)
    .map(({ cell, expected, found }) => `${cell} counts ${found}, folded were ${expected}`);
}

/** What no longer counts may be there still, or be forgotten. */
function tallyFindings({ fold, stored }: JudgedShard): string[] {
  const valueIn = (tallies: StoredShard['tallies'], name: string): number => {
    const { value = 0, untilMs = Number.POSITIVE_INFINITY } = tallies[name] ?? {};
    return untilMs > fold.streamTimeMs ? value : 0;
  };
  const names = new Set([...Object.keys(fold.tallies), ...Object.keys(stored.tallies)]);
  return [...names]
    .map((name) => ({ name, expected: valueIn(fold.tallies, name), found: valueIn(stored.tallies, name) }))
    .filter(({ expected, found }) => expected !== found)
    .map(({ name, expected, found }) => `the tally ${name} is ${found}, folded were ${expected}`);
}

function settingFindings({ fold, stored }: JudgedShard): string[] {
  const names = new Set([...Object.keys(fold.settings), ...Object.keys(stored.settings)]);
  return [...names]
    .filter((name) => fold.settings[name] !== stored.settings[name])
    .map((name) => `the setting ${name} is not what the newest record says`);
}

function decisionFindings(
  { fold, log, decisions }: JudgedShard,
  { hasLostWrites = false, mayRepeatDecisions = false }: JudgeOptions,
): string[] {
  const decided = fold.outbox.filter(({ topic }) => topic === DECISION_TOPIC).map(({ value }) => hex(value));
  const adopted = new Set(log.journal.flatMap((line) => ('adopt' in line ? line.offsets : [])));
  const findings: string[] = [];
  const known = new Set(decided);
  const open = countsOf(decided);
  for (const { offset, value, decision } of decisions) {
    const left = open.get(hex(value)) ?? 0;
    if (left > 0) open.set(hex(value), left - 1);
    else if (!(hasLostWrites && adopted.has(offset)) && !(mayRepeatDecisions && known.has(hex(value))))
      findings.push(`${decision.contactId} is in the log at ${offset}, and not decided: ${readable(hex(value))}`);
  }
  for (const [value, left] of open) if (left > 0) findings.push(`${left} × not in the log: ${readable(value)}`);
  const ids = decisions.map(({ decision }) => decision.contactId);
  if (mayRepeatDecisions) return findings;
  return [...findings, ...repeated(ids).map((id) => `${id} is in the log more than once`)];
}

function jobFindings({ shards, jobs, atMs }: Evidence): string[] {
  const contacts = contactsOf(shards);
  const later = plannedFor(shards, atMs);
  const lost = contacts.filter((id) => jobs.states.get(id) !== (later.has(id) ? 'delayed' : 'completed'));
  const count = jobs.total === contacts.length ? [] : [`${jobs.total} jobs for ${contacts.length} contacts`];
  return [...count, ...lost.map((id) => `the job of ${id} is ${jobs.states.get(id)}`)];
}

/** Reports that say why a contact did not come. */
const SILENCES: ReadonlySet<string> = new Set(['REFUSED', 'CANCELLED']);

/** Every contact comes once, or was refused with words in the last look before sending; nothing ends in silence. */
function alertFindings({ shards, alerts, atMs }: Evidence): string[] {
  const later = plannedFor(shards, atMs);
  const contacts = new Set(contactsOf(shards).filter((id) => !later.has(id)));
  const reports = new Map(shards.flatMap((shard) => [...shard.reports]));
  const [came, silent] = [new Set(alerts), [...contacts].filter((id) => !alerts.includes(id))];
  return [
    ...repeated(alerts).map((id) => `${id} came more than once`),
    ...silent.filter((id) => !SILENCES.has(reports.get(id) ?? '')).map((id) => `${id} never came: ${reports.get(id)}`),
    ...[...came].filter((id) => reports.get(id) !== 'DELIVERED').map((id) => `${id} came: ${reports.get(id)}`),
    ...[...came].filter((id) => !contacts.has(id)).map((id) => `${id} came, and was not decided`),
  ];
}

/** The run is shorter than the period of any cap, so whoever was contacted counts from its beginning. */
function capFindings({ shards, alerts }: Evidence, { policy }: Rules): string[] {
  const came = new Set(alerts);
  const decided = shards.flatMap(({ decisions }) => decisions.map(({ decision }) => decision));
  const contacts = new Map(decided.filter(({ contactId }) => came.has(contactId)).map((one) => [one.contactId, one]));
  const marketing = [...contacts.values()].filter(({ kind }) => kind !== 'service');
  const caps = policy.contactPolicy.caps.flatMap(({ max, category }) => {
    const counted = marketing.filter((decision) => category === undefined || decision.category === category);
    const counts = countsOf(counted.map(({ customerId }) => customerId));
    return [...counts].filter(([, count]) => count > max).map(([id, count]) => `${id} was contacted ${count} times`);
  });
  const occasions = [...contacts.values()].map(
    (one) => `${one.customerId} on ${one.trigger} ${one.occasion} ${one.step}`,
  );
  return [...caps, ...repeated(occasions).map((occasion) => `more than one contact of ${occasion}`)];
}

/** A record may be set aside again after a crash, with the same coordinates: who replays it needs one of them. */
function deadLetterFindings({ deadLetters }: Evidence, shards: readonly JudgedShard[]): string[] {
  const expected = shards.flatMap(({ fold }) => fold.deadLetters);
  return differences(expected, deadLetters.filter((record) => !record.headers['holdfast-kind']).map(faultOf));
}

/** Re-routed copies say where they come from; deduplication by identity makes a second copy harmless. */
function reroutedFindings(shards: readonly JudgedShard[]): string[] {
  const expected = shards.flatMap(({ fold }) => fold.rerouted);
  const found = shards.flatMap(({ log }) =>
    [...log.inputs].flatMap(([topic, records]) =>
      records.flatMap(({ headers }) => {
        const from = headers['holdfast-rerouted-from']?.toString().replace('/', '@');
        return from ? [`${topic}/${from}`] : [];
      }),
    ),
  );
  return differences(expected, found);
}

/** `topic/partition@offset code`, from the headers Kafka Connect uses. */
export function faultOf({ headers }: LogRecord): string {
  const of = (name: string) => headers[`__connect.errors.${name}`]?.toString() ?? '?';
  return `${of('topic')}/${of('partition')}@${of('offset')} ${of('exception.class.name')}`;
}

/** Contacts on the channel that is delivered. */
function contactsOf(shards: readonly ShardEvidence[]): string[] {
  const all = shards.flatMap(({ decisions }) => decisions.map(({ decision }) => decision));
  const delivered = all.filter(({ outcome, channel }) => outcome === 'contact' && channel === CHANNEL);
  return [...new Set(delivered.map(({ contactId }) => contactId))];
}

/** Contacts that a gap or a night puts off until long after the evidence was read. */
function plannedFor(shards: readonly ShardEvidence[], atMs: number): ReadonlySet<string> {
  const decisions = shards.flatMap((shard) => shard.decisions.map(({ decision }) => decision));
  return new Set(
    decisions.filter(({ sendAt }) => (sendAt ?? 0) > atMs + SOON_MS / 2).map(({ contactId }) => contactId),
  );
}

function differences(expected: readonly string[], found: readonly string[]): string[] {
  const [wanted, there] = [new Set(expected), new Set(found)];
  const missing = [...wanted].filter((item) => !there.has(item)).map((item) => `missing: ${item}`);
  return [...missing, ...[...there].filter((item) => !wanted.has(item)).map((item) => `unexpected: ${item}`)];
}

function repeated(items: readonly string[]): string[] {
  return [...countsOf(items)].filter(([, count]) => count > 1).map(([item]) => item);
}

function countsOf(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** What of a record a person can read: two that differ in one word show it. */
function readable(value: string): string {
  return Buffer.from(value, 'hex')
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]+/g, '·');
}

function hex(value: Buffer | null): string {
  return value?.toString('hex') ?? '';
}
