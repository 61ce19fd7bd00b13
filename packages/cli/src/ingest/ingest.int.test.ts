import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Event, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, ensureTopics, readTopic } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type HoldfastProcess, startHoldfast } from '../../test/holdfast-process.ts';
import { progressPathOf, rejectedPathOf } from './ingest-file.ts';

const stack = inject('stack');
const client = { brokers: stack.brokers, clientId: 'ingest-int' };
// Neither Redis nor anything else of an installation: a billing host has no way to it.
const environment = { HOLDFAST_KAFKA_BROKERS: stack.brokers.join(','), HOLDFAST_REGISTRY_URL: stack.registryUrl };
const HEADER = 'bill,account,paid,amount\n';

let folder: string;
let source: string;
let map: string;
const started: HoldfastProcess[] = [];

beforeAll(async () => {
  await createSchemaRegistry({ url: stack.registryUrl }).registerAll(schemaTable());
  await ensureTopics({ ...client, partitions: 8, replicationFactor: 1 });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-ingest-'));
  source = `ingest-${randomUUID()}`;
  map = writeMapping('map.yaml');
});

afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function writeMapping(name: string, more = ''): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `source: ${source}
file: { format: csv }
event: BillPaid
eventId: bill
customerId: account
occurredAt: { column: paid, format: epoch-seconds }
fields:
  billId: bill
  amountMinor: { column: amount, minorUnits: 2 }
  currency: { constant: EUR }
${more}`,
  );
  return path;
}

/** Every thousandth one is bad. */
function rows(count: number, from = 0): string {
  const line = (index: number) =>
    `b-${index},c-${index % 997},${1_767_225_600 + index},${index % 1_000 === 500 ? 'much' : '12.50'}\n`;
  return Array.from({ length: count }, (_, at) => line(from + at)).join('');
}

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function ingest(words: readonly string[], input?: string): HoldfastProcess {
  const holdfast = startHoldfast(['ingest', ...words], environment, input);
  started.push(holdfast);
  return holdfast;
}

const finished = (words: readonly string[], input?: string) => ingest(words, input).ended;
const summaryOf = ({ out }: { readonly out: string }) => JSON.parse(out);

/** What the log has of this test's source. */
async function sentEvents(): Promise<readonly Event[]> {
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const events: Event[] = [];
  for await (const { value } of readTopic({ ...client, topic: INPUT_TOPICS.subscription, from: 'beginning' })) {
    const outcome = await decoder.decode(value);
    if (outcome.kind === 'event' && 'source' in outcome.event && outcome.event.source === source)
      events.push(outcome.event as Event);
  }
  registry.close();
  return events;
}

const idsOf = (events: readonly Event[]) => new Set(events.map(({ eventId }) => eventId));

describe('holdfast ingest', () => {
  it('killed in the middle, again and again, goes on where it was and repeats a batch each time at the most', async () => {
    const [count, batch, kills] = [12_000, 250, 3];
    const file = write('bills.csv', HEADER + rows(count));
    const words = [file, '--map', map, '--batch', String(batch), '--json'];
    let before = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const run = ingest(words);
      await eventually(
        'some batches written down',
        () => {
          const { rows } = JSON.parse(readFileSync(progressPathOf(file), 'utf8'));
          expect(rows).toBeGreaterThan(before + 2 * batch);
          before = rows;
        },
        { everyMs: 5 },
      );
      run.child.kill('SIGKILL');
      await run.ended;
    }
    const bad = count / 1_000;
    const summary = summaryOf(await finished(words));
    expect(summary).toMatchObject({ rows: count, sent: count - bad, rejected: bad, isDone: true });
    expect(summary.rowsNow).toBeLessThan(count - before + batch);
    const events = await sentEvents();
    expect(idsOf(events).size).toBe(count - bad);
    expect(events.length - (count - bad)).toBeLessThanOrEqual(kills * batch);
    const rejected = readFileSync(rejectedPathOf(file), 'utf8').trim().split('\n');
    expect(rejected).toHaveLength(1 + bad);
    expect(rejected.slice(0, 3)).toEqual([
      'line,field,reason',
      '502,amountMinor,"""much"" is no number"',
      '1502,amountMinor,"""much"" is no number"',
    ]);
  });

  it('sends nothing of a file that is done, the new rows of one that has grown, and refuses one that was changed', async () => {
    const file = write('bills.csv', HEADER + rows(10));
    const words = [file, '--map', map, '--json'];
    expect(await finished(words)).toMatchObject({ code: 0 });
    expect(summaryOf(await finished(words))).toMatchObject({ rows: 10, rowsNow: 0, isDone: true });
    appendFileSync(file, rows(5, 10));
    expect(summaryOf(await finished(words))).toMatchObject({ rows: 15, rowsNow: 5, fromLine: 12 });
    expect(await sentEvents()).toHaveLength(15);

    writeFileSync(file, readFileSync(file, 'utf8').replace('b-3,c-3', 'b-9,c-3'));
    const refused = await finished(words);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('is not the file that was begun');
    expect(summaryOf(await finished([...words, '--restart']))).toMatchObject({ rows: 15, rowsNow: 15 });
    const events = await sentEvents();
    expect([events.length, idsOf(events).size]).toEqual([30, 15]);
  });

  it('refuses to go on with another mapping, and a mapping that does not fit, before anything is sent', async () => {
    const file = write('bills.csv', HEADER + rows(10));
    await finished([file, '--map', map]);
    appendFileSync(file, rows(1, 10));
    const other = writeMapping('other.yaml', 'skipIf: [{ column: bill, empty: true }]\n');
    const refused = await finished([file, '--map', other]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('was begun with another mapping')]);

    const unfit = write('unfit.csv', `bill,acount,paid,amount\n${rows(2)}`);
    const told = await finished([unfit, '--map', map]);
    expect([told.code, told.err]).toEqual([
      1,
      expect.stringContaining(`${map}:5:13 error: unknown column "account"; did you mean "acount"?`),
    ]);
    expect(existsSync(progressPathOf(unfit))).toBe(false);
    expect(await sentEvents()).toHaveLength(10);
  });

  it('unpacks what is packed, reads standard input, and says when a packed file is cut short', async () => {
    const packed = gzipSync(HEADER + rows(100));
    expect(await finished([write('bills.csv.gz', packed), '--map', map])).toMatchObject({ code: 0 });
    expect(await finished(['-', '--map', map], HEADER + rows(50, 100))).toMatchObject({ code: 0 });
    expect(idsOf(await sentEvents()).size).toBe(150);

    const cut = await finished([write('cut.csv.gz', packed.subarray(0, -20)), '--map', map]);
    expect(cut.code).toBe(1);
    expect(cut.err).toMatch(/cut\.csv\.gz cannot be read on: unexpected end of file/);
  });

  it('shows what would be sent with --dry-run, and sends and writes nothing', async () => {
    const file = write('bills.csv', HEADER + rows(501));
    const shown = summaryOf(await finished([file, '--map', map, '--dry-run', '--show', '2', '--json']));
    expect(shown).toMatchObject({ rows: 501, events: 500, rejected: 1 });
    expect(shown.firstEvents).toHaveLength(2);
    expect(shown.firstRejected).toEqual([{ line: 502, field: 'amountMinor', reason: '"much" is no number' }]);
    expect(readdirSync(folder).sort()).toEqual(['bills.csv', 'map.yaml']);
    expect(await sentEvents()).toEqual([]);
  });

  it('takes the finished files of a watched folder, and ends between two batches when it is told to', async () => {
    const drop = mkdtempSync(join(folder, 'drop-'));
    const run = ingest(['--map', map, '--watch', drop]);
    const dropped = (name: string, content: string) => {
      writeFileSync(join(drop, `${name}.part`), content);
      renameSync(join(drop, `${name}.part`), join(drop, name));
    };
    writeFileSync(join(drop, 'never-finished.csv.part'), HEADER + rows(3, 900));
    dropped('1.csv', HEADER + rows(20));
    await eventually('the first file done', () => expect(existsSync(join(drop, 'done', '1.csv'))).toBe(true));
    dropped('2.csv', 'no,such,columns\n1,2,3\n');
    dropped('1.csv', HEADER + rows(20, 490));
    await eventually('both others moved', () => {
      expect(readdirSync(join(drop, 'failed'))).toEqual(['2.csv']);
      expect(readdirSync(join(drop, 'done')).sort()).toEqual([
        '1.csv',
        '1.csv.1',
        '1.csv.1.progress',
        '1.csv.1.rejected.csv',
        '1.csv.progress',
      ]);
    });
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(readdirSync(drop).sort()).toEqual(['done', 'failed', 'never-finished.csv.part']);
    expect(await sentEvents()).toHaveLength(39);
  });

  it('leaves a file of a watched folder where it is when the gateway refuses the key', async () => {
    const drop = mkdtempSync(join(folder, 'drop-'));
    writeFileSync(join(drop, '1.csv'), HEADER + rows(20));
    const server = createServer((_request, response) =>
      response.writeHead(401).end('{"title":"The key is not taken here"}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const words = ['ingest', '--map', map, '--watch', drop, '--url', url];
      const run = startHoldfast(words, { HOLDFAST_API_KEY: 'a-key-of-the-test' });
      started.push(run);
      const told = await run.ended;
      expect([told.code, told.err]).toEqual([1, expect.stringContaining('401 The key is not taken here')]);
      expect(readdirSync(drop)).toEqual(['1.csv']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('gives up with words when the log takes nothing, and changes nothing', async () => {
    const file = write('bills.csv', HEADER + rows(10));
    const holdfast = startHoldfast(['ingest', file, '--map', map, '--patience', '1'], {
      ...environment,
      HOLDFAST_KAFKA_BROKERS: '127.0.0.1:1',
    });
    started.push(holdfast);
    const told = await holdfast.ended;
    expect([told.code, told.err]).toEqual([1, expect.stringContaining('events are not taken')]);
    expect(existsSync(progressPathOf(file))).toBe(false);
  });
});
