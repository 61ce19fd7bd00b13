import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { partitionOf } from '@holdfast/engine';
import { type EventInput, INPUT_TOPICS, type LogEvent, schemaTable } from '@holdfast/events';
import { attempt, FETCH_WITHIN_MS, fetchWith, need, pythonWith, type Tool } from '@holdfast/testkit/tool';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cacheDir, findCommand, findJvms, newestJvm } from '../../../infra/stack/index.mjs';
import { client, createTopics } from '../test/broker.ts';
import { createSchemaRegistry } from './registry.ts';
import { createRegistryDecoder } from './registry-decoder.ts';
import { readTopic } from './topic-reader.ts';
import { ensureTopics } from './topics.ts';

const { registryUrl, brokers } = inject('stack');
const broker = brokers.join(',');
const PARTITIONS = 8;
const FOLDER = fileURLToPath(new URL('../examples/', import.meta.url));
/** Downloads, once for all clones of this user. */
const CACHE = join(cacheDir(), 'producer-examples');
const run = promisify(execFile);

beforeAll(async () => {
  await ensureTopics({ ...client(), partitions: PARTITIONS, replicationFactor: 1 });
  await createSchemaRegistry({ url: registryUrl }).registerAll(schemaTable());
});

/** What the log has of a customer, decoded as a worker does it, with its partition. */
async function recordsOf(
  customerId: string,
  topic: string,
): Promise<readonly { event: LogEvent; partition: number }[]> {
  const registry = createSchemaRegistry({ url: registryUrl });
  const decoder = createRegistryDecoder(registry);
  const found: { event: LogEvent; partition: number }[] = [];
  for await (const { key, value, partition } of readTopic({ ...client(), topic, from: 'beginning' })) {
    if (key?.toString() !== customerId) continue;
    const outcome = await decoder.decode(value);
    if (outcome.kind !== 'event') throw new Error(`the record cannot be read: ${outcome.message}`);
    found.push({ event: outcome.event, partition });
  }
  registry.close();
  return found;
}

/** The JDK with the jars; `more` is the class path. */
function java(): Tool {
  const jvm = newestJvm(findJvms().filter(({ home }) => existsSync(join(home, 'bin', 'javac'))));
  if (jvm === null) return { absent: 'no JDK was found: a runtime alone cannot start a source file' };
  const mvn = findCommand('mvn');
  const libs = join(CACHE, 'java');
  if (!existsSync(join(libs, 'complete'))) {
    if (mvn === null) return { absent: 'no mvn was found' };
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    fetchWith(mvn, ['-q', '-B', '-f', join(FOLDER, 'java', 'pom.xml'), copy, `-DoutputDirectory=${libs}`]);
    writeFileSync(join(libs, 'complete'), '');
  }
  return { command: jvm.java, more: join(libs, '*') };
}

const python = () => pythonWith(join(FOLDER, 'python', 'requirements.txt'), join(CACHE, 'python'));

function kcat(): Tool {
  if (findCommand('kcat') === null && findCommand('apt-get') !== null && process.getuid?.() === 0) {
    fetchWith('apt-get', ['install', '-y', '-q', 'kcat']);
  }
  const command = findCommand('kcat');
  return command === null ? { absent: 'no kcat was found: apt-get install kcat' } : { command, more: '' };
}

const usageOf = (customerId: string, eventId: string, source: string) => ({
  type: 'UsageRecorded',
  eventId,
  source,
  occurredAt: expect.any(Number),
  customerId,
  subscriptionId: `${customerId}-line`,
  kind: 'DATA',
  quantityMb: 12.5,
  durationSeconds: 0,
  chargeMinor: 0,
  currency: '',
  direction: 'OUTGOING',
  onNet: false,
  zone: 'DOMESTIC',
  failed: false,
  localHour: -1,
});

const ownPartition = (customerId: string) => partitionOf(Buffer.from(customerId), PARTITIONS);

describe('who writes Avro directly', () => {
  let tools: { readonly java: Tool; readonly python: Tool; readonly kcat: Tool };
  let scratch: string;

  beforeAll(() => {
    tools = { java: attempt('java', java), python: attempt('python', python), kcat: attempt('kcat', kcat) };
    scratch = mkdtempSync(join(tmpdir(), 'holdfast-examples-'));
  }, 2 * FETCH_WITHIN_MS);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('in Java with the official client, is read, on the partition of the customer', async (context) => {
    const { command, more } = need(tools.java, context);
    const [customerId, eventId] = [`käte-${randomUUID()}`, randomUUID()];
    const source = join(FOLDER, 'java', 'SendUsage.java');
    const words = [
      '-Dfile.encoding=UTF-8',
      '-Dsun.jnu.encoding=UTF-8',
      '-cp',
      more,
      source,
      broker,
      registryUrl,
      customerId,
      eventId,
    ];
    const { stdout } = await run(command, words, { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    expect(stdout).toMatch(new RegExp(`^${INPUT_TOPICS.usage} ${ownPartition(customerId)} \\d+\n$`));
    expect(await recordsOf(customerId, INPUT_TOPICS.usage)).toEqual([
      { event: usageOf(customerId, eventId, 'java-example'), partition: ownPartition(customerId) },
    ]);
  });

  it('in Python with Confluent’s serializer, is read, on the partition of the customer', async (context) => {
    const { command } = need(tools.python, context);
    const [customerId, eventId] = [`käte-${randomUUID()}`, randomUUID()];
    const script = join(FOLDER, 'python', 'send_usage.py');
    const { stdout } = await run(command, [script, broker, registryUrl, customerId, eventId]);
    expect(stdout).toMatch(new RegExp(`^${INPUT_TOPICS.usage} ${ownPartition(customerId)} \\d+\n$`));
    expect(await recordsOf(customerId, INPUT_TOPICS.usage)).toEqual([
      { event: usageOf(customerId, eventId, 'python-example'), partition: ownPartition(customerId) },
    ]);
  });

  it('with kcat sends prepared bytes that are read, and sees what is in the topic', async (context) => {
    need(tools.kcat, context);
    const customerId = randomUUID();
    const event: EventInput<'BillPaid'> = {
      type: 'BillPaid',
      eventId: randomUUID(),
      source: 'kcat-example',
      occurredAt: 1_767_225_600_000,
      customerId,
      billId: 'b-1',
      // Bytes that a tool for lines of text would cut at: a line feed is the varint of 5.
      amountMinor: 5,
      currency: 'EUR',
    };
    const file = join(scratch, 'record.bin');
    const encode = execFile(
      process.execPath,
      [join(FOLDER, 'node', 'encode-event.ts'), registryUrl],
      { encoding: 'buffer' },
      (error, stdout) => {
        if (error === null) writeFileSync(file, stdout);
      },
    );
    encode.stdin?.end(JSON.stringify(event));
    await new Promise((resolve) => encode.once('close', resolve));
    // A topic of its own: what is last in the others is anybody's.
    const [topic = ''] = await createTopics(1, PARTITIONS);
    await run(join(FOLDER, 'kcat', 'send-record.sh'), [broker, topic, customerId, file]);
    expect(await recordsOf(customerId, topic)).toEqual([{ event, partition: ownPartition(customerId) }]);
    const { stdout } = await run(join(FOLDER, 'kcat', 'read-records.sh'), [broker, topic, '1']);
    const registry = createSchemaRegistry({ url: registryUrl });
    const { BillPaid } = await registry.idsOf(schemaTable().filter(({ record }) => record === 'BillPaid'));
    registry.close();
    expect(stdout).toMatch(new RegExp(`^${ownPartition(customerId)} \\d+ ${customerId} 0 ?${BillPaid} \\d+\n$`));
  });

  it('in Node with the typed producer, is answered per event', async () => {
    const customerId = randomUUID();
    const { stdout } = await run(process.execPath, [
      join(FOLDER, 'node', 'send-events.ts'),
      broker,
      registryUrl,
      customerId,
    ]);
    expect(stdout.split('\n').map((line) => line.trim())).toEqual(['accepted', 'accepted', '']);
    const records = await recordsOf(customerId, INPUT_TOPICS.subscription);
    expect(records.map(({ event, partition }) => [event.type, partition])).toEqual([
      ['BillIssued', ownPartition(customerId)],
      ['BillPaid', ownPartition(customerId)],
    ]);
  });
});
