import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, ensureTopics, readTopic } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHoldfast } from '../../test/holdfast-process.ts';
import { progressPathOf } from './ingest-file.ts';

// A stack of its own: its broker is killed.
let stack: Stack;
let folder: string;

beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-ingest-'));
  await createSchemaRegistry({ url: stack.registryUrl }).registerAll(schemaTable());
  await ensureTopics({ brokers: stack.brokers, clientId: 'ingest-int', partitions: 8, replicationFactor: 1 });
});

afterAll(async () => {
  await stack?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const MAPPING = `source: outage
file: { format: csv }
event: BillPaid
eventId: bill
customerId: bill
occurredAt: { column: paid, format: epoch-seconds }
fields: { billId: bill, amountMinor: { constant: "5" }, currency: { constant: EUR } }
`;
const ROWS = 20_000;
/** Whatever the length of the file, this is enough: no more than two batches of it are in memory. */
const HEAP_MB = 80;

async function sentIds(): Promise<ReadonlySet<string>> {
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const ids = new Set<string>();
  const topic = INPUT_TOPICS.subscription;
  for await (const { value } of readTopic({
    brokers: stack.brokers,
    clientId: 'ingest-int',
    topic,
    from: 'beginning',
  })) {
    const outcome = await decoder.decode(value);
    if (outcome.kind === 'event') ids.add(outcome.event.eventId);
  }
  registry.close();
  return ids;
}

describe('holdfast ingest while Kafka is killed and comes back', () => {
  it('waits, says so, loses no row, and needs no more memory than for a short file', async () => {
    const [file, map] = [join(folder, 'bills.csv'), join(folder, 'map.yaml')];
    writeFileSync(map, MAPPING);
    writeFileSync(file, `bill,paid\n${Array.from({ length: ROWS }, (_, row) => `b-${row},1767225600\n`).join('')}`);
    const run = startHoldfast(['ingest', file, '--map', map, '--batch', '100', '--json'], {
      HOLDFAST_KAFKA_BROKERS: stack.brokers.join(','),
      HOLDFAST_REGISTRY_URL: stack.registryUrl,
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    });
    try {
      await eventually('the first batches', () => JSON.parse(readFileSync(progressPathOf(file), 'utf8')), {
        everyMs: 5,
      });
      await stack.broker.kill();
      await eventually('that it waits', () => expect(run.said()).toContain('holdfast: waiting:'));
      await stack.broker.start();
      const { code, out } = await run.ended;
      expect([code, JSON.parse(out)]).toMatchObject([0, { rows: ROWS, sent: ROWS, rejected: 0, isDone: true }]);
    } finally {
      run.child.kill('SIGKILL');
    }
    expect((await sentIds()).size).toBe(ROWS);
  });
});
