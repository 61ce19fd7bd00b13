import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startServiceProcess } from '@holdfast/cli';
import type { Load, LoadResult } from './ingest-load.ts';
import { type Installation, openInstallation } from './installation.ts';
import { quantile } from './measurement.ts';
import { cpuSecondsOf, machine, peakRssOf } from './processes.ts';

/**
 * Batches posted to a gateway: at a rate (open loop: a latency counts from the moment the batch was meant to be sent), or
 * with `--rate 0` as fast as a few connections get their answers. Gateway, broker and sender share the machine.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '500' },
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '10' },
    customers: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
  },
});

const run = promisify(execFile);
const SENDER = join(import.meta.dirname, 'ingest-load.ts');
const MAX_OUTPUT_BYTES = 64 * 1_048_576;

async function send(load: Load): Promise<LoadResult> {
  const { stdout } = await run(process.execPath, [SENDER, JSON.stringify(load)], { maxBuffer: MAX_OUTPUT_BYTES });
  return JSON.parse(stdout) as LoadResult;
}

async function measure(installation: Installation) {
  const key = randomBytes(24).toString('hex');
  const gateway = await startServiceProcess('gateway', {
    environment: { ...installation.environment, HOLDFAST_API_KEYS: `producer:${key}` },
    logDir: installation.logDir,
  });
  try {
    const load: Load = {
      url: `http://127.0.0.1:${gateway.port}`,
      key,
      batchEvents: Number(values.batch),
      rate: Number(values.rate),
      connections: Number(values.connections),
      seconds: Number(values.warmup),
      customers: Number(values.customers),
    };
    const cpu = () => ({
      gateway: cpuSecondsOf(gateway.pid) ?? 0,
      broker: cpuSecondsOf(installation.pids.broker) ?? 0,
    });
    await send(load);
    const [before, logged] = [cpu(), await installation.backlog()];
    const sent = await send({ ...load, seconds: Number(values.seconds) });
    const after = cpu();
    const inLog = (await installation.backlog()) - logged;
    if (inLog < sent.accepted) throw new Error(`${sent.accepted} were accepted and ${inLog} are in the log`);
    const used = { gateway: after.gateway - before.gateway, broker: after.broker - before.broker };
    return { ...sent, inLog, used, peakRssMb: peakRssOf(gateway.pid) / 1_048_576 };
  } finally {
    await gateway.stop();
  }
}

function report(measured: Awaited<ReturnType<typeof measure>>): void {
  const { seconds, sent, accepted, used, cpuSeconds, statuses, bytes } = measured;
  const sorted = [...measured.latenciesMs].sort((a, b) => a - b);
  const at = (share: number) => Math.round(quantile(sorted, share));
  const perEvent = (cpu: number) => `${((cpu / sent) * 1e6).toFixed(1)} µs`;
  const [gateway, broker, sender] = [perEvent(used.gateway), perEvent(used.broker), perEvent(cpuSeconds)];
  process.stdout.write(
    `${machine()}\n` +
      `batches of ${values.batch}, ${Math.round(bytes / sent)} bytes per event, ` +
      `${values.rate === '0' ? 'as fast as answers come' : `${values.rate} events/s meant`}, ${values.connections} connections\n` +
      `  accepted ${Math.round(accepted / seconds)} events/s for ${seconds.toFixed(1)} s: ${accepted} of ${sent}; ${JSON.stringify(statuses)}\n` +
      `  batch to answer: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n` +
      `  CPU per event: gateway ${gateway}, broker ${broker}, sender (counted apart) ${sender}\n` +
      `  cores used: gateway ${(used.gateway / seconds).toFixed(2)}, broker ${(used.broker / seconds).toFixed(2)}, ` +
      `sender ${(cpuSeconds / seconds).toFixed(2)}; gateway peak ${Math.round(measured.peakRssMb)} MB\n`,
  );
}

const installation = await openInstallation();
try {
  const measured = await measure(installation);
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), ...values, ...measured })}\n`);
  else report(measured);
} finally {
  await installation.stop();
}
