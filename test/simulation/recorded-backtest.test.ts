import { type PartitionResult, reportOf, runPartitions } from '@holdfast/backtest';
import type { LogRecord } from '@holdfast/engine';
import { createDecoder, createEncoder, type Event, schemaTable } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createToldEvents } from '@holdfast/rehearsal';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DATA_DIR, loadMegaline } from '../../services/simulator/src/data-folder.ts';
import { readMegaline } from '../../services/simulator/src/megaline.ts';

const PARTITIONS = 4;
const WINDOW = { fromMs: Date.UTC(2018, 3, 1), toMs: Date.UTC(2018, 4, 15) };
const SAMPLE = { perTrigger: 2, seed: 7 };
const files = loadMegaline(DEFAULT_DATA_DIR);
const folder = loadPolicyFolder();
const policies = folder.kind === 'ok' ? [folder.policy] : [];
const encoder = createEncoder(Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1])));

function decoderOf() {
  const decoder = createDecoder();
  for (const [index, entry] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(entry.schema));
  return ({ value }: LogRecord) => {
    const outcome = decoder.decode(value ?? Buffer.alloc(0));
    return outcome.kind === 'unknown-schema' ? ({ kind: 'retry', message: 'unknown schema' } as const) : outcome;
  };
}

/** As if every event had been appended when it happened. */
function recordsUntil(toMs: number): readonly LogRecord[] {
  const told = createToldEvents(PARTITIONS);
  const histories = files ? readMegaline(files, { run: '' }).histories : [];
  const events = histories.flatMap((history) => history.events).filter(({ occurredAt }) => occurredAt < toMs);
  return events
    .sort((a, b) => a.occurredAt - b.occurredAt)
    .map((event) => ({ ...told.record(event as Event, event.occurredAt), value: encoder.encode(event) }));
}

async function* inStretches(records: readonly LogRecord[], length: number) {
  for (let from = 0; from < records.length; from += length) yield records.slice(from, from + length);
}

describe('a backtest of recorded data', () => {
  it.skipIf(!files)(
    'answers the same each time, byte for byte (skipped where ../shared/data is not there)',
    async () => {
      const records = recordsUntil(WINDOW.toMs);
      const run = async (stretch: number, spread: readonly (readonly number[])[]) => {
        const results: PartitionResult[] = [];
        for (const own of spread) {
          const stretches = inStretches(
            records.filter(({ partition }) => own.includes(partition)),
            stretch,
          );
          const options = { partitions: PARTITIONS, window: WINDOW, sample: SAMPLE };
          results.push(await runPartitions(stretches, { policies, decodeRecord: decoderOf() }, options));
        }
        return reportOf(results, { window: WINDOW, policies, asIfLive: [], sample: SAMPLE, isPersonal: false });
      };
      const report = await run(4_000, [[0, 1, 2, 3]]);
      expect(report.events + report.warmUpEvents).toBe(records.length);
      expect(report.policy.contacts).toBeGreaterThan(20);
      expect(JSON.stringify(await run(900, [[2, 3], [0], [1]]))).toBe(JSON.stringify(report));
    },
  );
});
