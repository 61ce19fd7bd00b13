/**
 * What a backtest costs per event, in CPU time of one thread: decoding alone, the fold by the default policy, the same with all that is counted, and
 * two policies side by side. Recorded events of `../shared/data/megaline`, in copies. `node packages/backtest/bench/fold.ts [copies]`
 */
import { cpus } from 'node:os';
import { type LogRecord, partitionOf } from '@holdfast/engine';
import { createDecoder, createEncoder, schemaEntry, schemaTable } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createRehearsal, customerRules } from '@holdfast/rehearsal';
import { DEFAULT_DATA_DIR, loadMegaline } from '../../../services/simulator/src/data-folder.ts';
import { readMegaline } from '../../../services/simulator/src/megaline.ts';
import { runPartitions } from '../src/index.ts';

const COPIES = Number(process.argv[2] ?? 2);
const ROUNDS = 3;
const STRETCH = 8_000;
const encoder = createEncoder(Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1])));
const decoder = createDecoder();
for (const [index, entry] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(entry.schema));

function decodeRecord({ value }: LogRecord) {
  const outcome = decoder.decode(value ?? Buffer.alloc(0));
  return outcome.kind === 'unknown-schema' ? ({ kind: 'retry', message: 'unknown schema' } as const) : outcome;
}

function recorded(): readonly LogRecord[] {
  const files = loadMegaline(DEFAULT_DATA_DIR);
  if (!files) throw new Error(`no recorded data in ${DEFAULT_DATA_DIR}`);
  const events = Array.from({ length: COPIES }, (_, copy) => readMegaline(files, { run: copy === 0 ? '' : `r${copy}` }))
    .flatMap(({ histories }) => histories)
    .flatMap((history) => history.events)
    .sort((a, b) => a.occurredAt - b.occurredAt);
  return events.map((event, offset) => {
    const key = Buffer.from(event.customerId);
    const topic = schemaEntry(event.type)?.topic ?? '';
    const value = encoder.encode(event);
    return { topic, partition: partitionOf(key, 1), offset, appendTime: event.occurredAt, key, value, headers: {} };
  });
}

async function* stretches(records: readonly LogRecord[]) {
  for (let from = 0; from < records.length; from += STRETCH) yield records.slice(from, from + STRETCH);
}

const folder = loadPolicyFolder();
if (folder.kind !== 'ok') throw new Error(folder.text);
const { policy } = folder;
const records = recorded();
const fromMs = (records[Math.floor(records.length / 2)]?.appendTime ?? 0) + 1;
const options = {
  partitions: 1,
  window: { fromMs, toMs: Number.MAX_SAFE_INTEGER },
  sample: { perTrigger: 2, seed: 1 },
};
const toMs = (records.at(-1)?.appendTime ?? 0) + 1;
const window = { fromMs, toMs };

const stages: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['decode', async () => records.filter((record) => decodeRecord(record).kind !== 'event').length],
  [
    'fold',
    async () => {
      const rehearsal = createRehearsal(customerRules({ policy, decodeRecord }), { partitions: 1 });
      for await (const stretch of stretches(records)) await rehearsal.fold(stretch);
    },
  ],
  ['backtest', () => runPartitions(stretches(records), { policies: [policy], decodeRecord }, { ...options, window })],
  [
    'backtest, two policies',
    () => runPartitions(stretches(records), { policies: [policy, policy], decodeRecord }, { ...options, window }),
  ],
];

console.log(`${records.length} events, ${cpus()[0]?.model}, Node ${process.version}, best of ${ROUNDS}`);
for (const [name, run] of stages) {
  let bestUs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(before);
    bestUs = Math.min(bestUs, (user + system) / records.length);
  }
  console.log(
    `${name.padEnd(24)} ${bestUs.toFixed(2).padStart(6)} µs  ${Math.round(1e6 / bestUs)
      .toLocaleString('en')
      .padStart(9)} events/s per core`,
  );
}
