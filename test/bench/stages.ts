import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the worker's main thread does, in the order an event meets it. */
export const STAGES = ['fetch', 'decode', 'states', 'fold', 'rules', 'commit', 'collector', 'other', 'idle'] as const;
export type Stage = (typeof STAGES)[number];

/** First match counts. What no file of ours or of a client claims belongs to the stage that called it. */
const FILES: readonly (readonly [Stage, RegExp])[] = [
  ['decode', /packages\/events\/|registry-decoder/],
  ['fetch', /packages\/kafka\/|\/kafkajs\/|engine\/src\/(inputs|partition-intake|record-queue|merge)/],
  ['commit', /packages\/redis\/|ioredis|redis-parser|engine\/src\/(committer|state-cache)/],
  ['states', /telecom\/src\/(avro-|direct-|layout|section|state-codec)|features\/src\/(slot-codec|stored-slot|varint)/],
  [
    'rules',
    /packages\/(policy|decisions)\/|telecom\/src\/(firings|event-triggers|deciding|occasion|freshness|silence|scope|attributes)/,
  ],
  ['fold', /packages\/(engine|telecom|features)\//],
];

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Shares of the sampled time that was not idle, by stage; undefined when the folder holds no profile. */
export function stageShares(profileDir: string): Readonly<Record<Stage, number>> | undefined {
  const [file] = readdirSync(profileDir).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) return undefined;
  const profile: Profile = JSON.parse(readFileSync(join(profileDir, file), 'utf8'));
  const stageOf = stagesOfNodes(profile.nodes);
  const micros = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>;
  for (const [i, id] of profile.samples.entries()) {
    micros[stageOf.get(id) ?? 'other'] += profile.timeDeltas[i] ?? 0;
  }
  const busy = STAGES.reduce((sum, stage) => sum + (stage === 'idle' ? 0 : micros[stage]), 0);
  return Object.fromEntries(STAGES.map((stage) => [stage, micros[stage] / busy])) as Record<Stage, number>;
}

function stagesOfNodes(nodes: readonly ProfileNode[]): ReadonlyMap<number, Stage> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stages = new Map<number, Stage>();
  const open: (readonly [id: number, inherited: Stage])[] = nodes[0] ? [[nodes[0].id, 'other']] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    const [id, inherited] = next;
    const node = byId.get(id);
    if (!node) continue;
    const stage = ownStage(node) ?? inherited;
    stages.set(id, stage);
    for (const child of node.children ?? []) open.push([child, stage]);
  }
  return stages;
}

function ownStage({ callFrame: { functionName, url } }: ProfileNode): Stage | undefined {
  if (functionName === '(garbage collector)') return 'collector';
  if (functionName === '(idle)') return 'idle';
  return FILES.find(([, pattern]) => pattern.test(url))?.[0];
}
