import type { LogRecord } from '@holdfast/engine';
import { DECISION_TOPIC } from '@holdfast/events';
import type { CustomerState } from '@holdfast/telecom';
import { type CleanFold, foldCleanly } from './clean-fold.ts';
import type { Evidence, Rules, ShardEvidence } from './evidence.ts';
import { PARTITIONS } from './installation-view.ts';

/** Where an installation is not what a clean fold of its log gives, in words, by subject; only subjects with findings. */
export type Findings = Readonly<Partial<Record<Subject, readonly string[]>>>;

type Subject =
  | 'journal'
  | 'states'
  | 'timers'
  | 'kpis'
  | 'decisions'
  | 'jobs'
  | 'alerts'
  | 'dead letters'
  | 're-routed';

export interface JudgeOptions {
  /** The store was wiped and the log folded again: decisions made before stand in the log and were adopted. */
  readonly isRebuilt?: boolean;
  /**
   * The broker went away in mid-stream: what it appended without an answer was produced again. Whoever reads the decision
   * log knows copies by their contact id; jobs and alerts come once all the same.
   */
  readonly mayRepeatDecisions?: boolean;
}

type JudgedShard = ShardEvidence & { readonly fold: CleanFold<CustomerState> };

/** A timer whose feed has not come far enough is looked at again after so long. */
const HELD_BACK_MS = 5_000;

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
  const perShard = (examine: (shard: JudgedShard) => readonly string[]) => shards.flatMap(examine);
  const found: Record<Subject, readonly string[]> = {
    journal: perShard(({ fold }) => fold.faults),
    states: perShard((shard) => stateFindings(shard, rules)),
    timers: perShard((shard) => timerFindings(shard, rules)),
    kpis: perShard(kpiFindings),
    decisions: perShard((shard) => decisionFindings(shard, options)),
    jobs: jobFindings(evidence),
    alerts: alertFindings(evidence),
    'dead letters': deadLetterFindings(evidence, shards),
    're-routed': reroutedFindings(shards),
  };
  return Object.fromEntries(Object.entries(found).filter(([, findings]) => findings.length > 0));
}

function stateFindings({ fold, stored }: JudgedShard, { topology }: Rules): string[] {
  const ids = new Set([...fold.states.keys(), ...stored.states.keys()]);
  return [...ids].flatMap((id) => {
    const [expected, found] = [fold.states.get(id), stored.states.get(id)];
    if (!expected) return [`${id} is stored, though nothing was folded for him`];
    if (!found) return [`${id} is missing`];
    return topology.encode(expected).equals(found) ? [] : [`${id} is not what was folded for him`];
  });
}

/** The index may be early, never late, and lists everybody. */
function timerFindings({ fold, stored }: JudgedShard, { topology }: Rules): string[] {
  const surplus = [...stored.dues.keys()].filter((id) => !fold.states.has(id));
  const wrong = [...fold.states].flatMap(([id, state]) => {
    const { wallMs = Number.POSITIVE_INFINITY, eventTime } = topology.due(state);
    const eventMs = eventTime?.dueMs ?? Number.POSITIVE_INFINITY;
    const lookMs = eventMs <= stored.readAtMs ? stored.readAtMs + HELD_BACK_MS : eventMs;
    const indexed = stored.dues.get(id);
    if (indexed === undefined) return [`${id} is not in the index`];
    const latest = Math.min(wallMs, lookMs);
    return indexed <= latest ? [] : [`${id} is indexed at ${indexed}, later than ${latest}`];
  });
  return [...surplus.map((id) => `${id} is in the index, though nothing was folded for him`), ...wrong];
}

function kpiFindings({ fold, stored }: JudgedShard): string[] {
  const cells = new Set([...fold.kpis.keys(), ...stored.kpis.keys()]);
  return [...cells]
    .map((cell) => ({ cell, expected: fold.kpis.get(cell) ?? 0, found: stored.kpis.get(cell) ?? 0 }))
    .filter(({ expected, found }) => expected !== found)
    .map(({ cell, expected, found }) => `${cell} counts ${found}, folded were ${expected}`);
}

function decisionFindings(
  { fold, log, decisions }: JudgedShard,
  { isRebuilt = false, mayRepeatDecisions = false }: JudgeOptions,
): string[] {
  const decided = fold.outbox.filter(({ topic }) => topic === DECISION_TOPIC).map(({ value }) => hex(value));
  const adopted = new Set(log.journal.flatMap((line) => ('adopt' in line ? line.offsets : [])));
  const findings: string[] = [];
  const known = new Set(decided);
  const open = countsOf(decided);
  for (const { offset, value, decision } of decisions) {
    const left = open.get(hex(value)) ?? 0;
    if (left > 0) open.set(hex(value), left - 1);
    else if (!(isRebuilt && adopted.has(offset)) && !(mayRepeatDecisions && known.has(hex(value))))
      findings.push(`${decision.contactId} is in the log, and not decided`);
  }
  for (const [, left] of open) if (left > 0) findings.push(`${left} decision(s) did not come into the log`);
  const ids = decisions.map(({ decision }) => decision.contactId);
  if (mayRepeatDecisions) return findings;
  return [...findings, ...repeated(ids).map((id) => `${id} is in the log more than once`)];
}

function jobFindings({ shards, jobs }: Evidence): string[] {
  const contacts = contactsOf(shards);
  const lost = contacts.filter((id) => jobs.states.get(id) !== 'completed');
  const count = jobs.total === contacts.length ? [] : [`${jobs.total} jobs for ${contacts.length} contacts`];
  return [...count, ...lost.map((id) => `the job of ${id} is ${jobs.states.get(id)}`)];
}

/** Every contact comes once, or was refused with words in the last look before sending; nothing ends in silence. */
function alertFindings({ shards, alerts }: Evidence): string[] {
  const contacts = new Set(contactsOf(shards));
  const reports = new Map(shards.flatMap((shard) => [...shard.reports]));
  const [came, silent] = [new Set(alerts), [...contacts].filter((id) => !alerts.includes(id))];
  return [
    ...repeated(alerts).map((id) => `${id} came more than once`),
    ...silent.filter((id) => reports.get(id) !== 'REFUSED').map((id) => `${id} never came: ${reports.get(id)}`),
    ...[...came].filter((id) => reports.get(id) !== 'DELIVERED').map((id) => `${id} came: ${reports.get(id)}`),
    ...[...came].filter((id) => !contacts.has(id)).map((id) => `${id} came, and was not decided`),
  ];
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

function contactsOf(shards: readonly ShardEvidence[]): string[] {
  const all = shards.flatMap(({ decisions }) => decisions.map(({ decision }) => decision));
  return [...new Set(all.filter(({ outcome }) => outcome === 'contact').map(({ contactId }) => contactId))];
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

function hex(value: Buffer | null): string {
  return value?.toString('hex') ?? '';
}
