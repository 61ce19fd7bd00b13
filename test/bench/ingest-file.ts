import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { schemaTable } from '@holdfast/events';
import { createSchemaRegistry, ensureTopics } from '@holdfast/kafka';
import { startStack } from '@holdfast/testkit/stack';
import { ROOT } from '../../infra/stack/index.mjs';
import { cpuSecondsOf, machine, peakRssOf } from './processes.ts';

/**
 * Rows a second of `holdfast ingest` into a real broker on the same machine, with its CPU time and the most memory it held:
 *
 *     node test/bench/ingest-file.ts [ROWS]
 */
const ROWS = Number(process.argv[2] ?? 500_000);
const MAPPING = join(ROOT, 'packages', 'cli', 'examples', 'ingest', 'usage-csv.yaml');
const POLL_MS = 20;

const stack = await startStack();
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
try {
  await createSchemaRegistry({ url: stack.registryUrl }).registerAll(schemaTable());
  await ensureTopics({ brokers: stack.brokers, clientId: 'bench', partitions: 8, replicationFactor: 1 });
  console.log(`${machine()}; ${ROWS} rows of a usage CSV, Kafka 4.1.1 on the same machine, acks=all`);
  for (const rows of [ROWS / 10, ROWS]) {
    for (const name of [`usage-${rows}.csv`, `usage-${rows}.csv.gz`]) await measure(await usageFile(name, rows));
  }
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(path: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'packages/cli/src/main.ts'), 'ingest', path, '--map', MAPPING, '--json'],
    {
      env: {
        PATH: process.env.PATH,
        HOLDFAST_KAFKA_BROKERS: stack.brokers.join(','),
        HOLDFAST_REGISTRY_URL: stack.registryUrl,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let [peakBytes, cpuSeconds] = [0, 0];
  const watch = setInterval(() => {
    try {
      // Not a number once it has ended.
      peakBytes = peakRssOf(child.pid ?? 0) || peakBytes;
      cpuSeconds = cpuSecondsOf(child.pid) ?? cpuSeconds;
    } catch {
      // It has ended.
    }
  }, POLL_MS);
  const summary = JSON.parse(await text(child.stdout));
  clearInterval(watch);
  const rate = Math.round(summary.rowsNow / summary.seconds);
  const sizeMb = (statSync(path).size / 1e6).toFixed(0);
  console.log(
    `${path.split('/').at(-1)} (${sizeMb} MB): ${summary.sent} events in ${summary.seconds.toFixed(1)} s, ${rate} rows/s, ` +
      `${((cpuSeconds * 1e6) / summary.rowsNow).toFixed(1)} µs CPU a row with its start, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
  );
}

async function usageFile(name: string, rows: number): Promise<string> {
  const path = join(folder, name);
  const file = createWriteStream(path);
  const out = name.endsWith('.gz') ? createGzip() : file;
  if (out !== file) out.pipe(file);
  out.write('record_id;account;line;service;started;seconds;kilobytes;charge;roaming;cause;status\n');
  for (let row = 0; row < rows; row += 1) {
    const time = new Date(1_767_225_600_000 + row * 100).toISOString().replace('T', ' ').slice(0, 19);
    const line = `r-${name}-${row};${row % 100_003};l-${row % 100_003};GPRS;${time};-;${row % 5_000};0.12;N;16;OK\n`;
    if (!out.write(line)) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
  await finished(file);
  return path;
}
