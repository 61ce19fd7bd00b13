import { parseArgs } from 'node:util';
import { type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import { appendArrivals } from './backlog.ts';
import { drainBacklog } from './drain.ts';
import { type Installation, openInstallation } from './installation.ts';
import { pause, quantile } from './measurement.ts';
import { createPopulation } from './population.ts';
import { machine } from './processes.ts';

/**
 * From kill -9 of the only worker to the first commit of the process started in its place, with events coming in all the
 * time. The broker notices a dead member when its session times out; what is reported is the time beyond that.
 */
const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const customers = Number(values.customers);
const rate = Number(values.rate);

/** What the worker asks the broker for. */
const SESSION_TIMEOUT_MS = 10_000;
const TICK_MS = 20;
const LOOK_MS = 20;
const WITHIN_MS = 60_000;

type Positions = ReadonlyMap<number, number>;

/** Records folded, by shard. */
async function positions({ store, shards }: Installation): Promise<Positions> {
  const metas = await Promise.all(shards.map((shard) => store.readMeta(shard)));
  return new Map(
    metas.map((meta, partition) => [
      partition,
      Object.values(meta?.inputs ?? {}).reduce((sum, input) => sum + input.nextOffset, 0),
    ]),
  );
}

/** Resolves once `enough` shards have committed more than at `before`. */
async function committed(installation: Installation, before: Positions, enough: number): Promise<void> {
  const endMs = performance.now() + WITHIN_MS;
  for (;;) {
    const now = await positions(installation);
    const moved = [...now].filter(([partition, folded]) => folded > (before.get(partition) ?? 0));
    if (moved.length >= enough) return;
    if (performance.now() > endMs) throw new Error(`${moved.length} of ${enough} shards have committed again`);
    await pause(LOOK_MS);
  }
}

function startTraffic({ producer }: Installation): { stop(): Promise<void> } {
  const population = createPopulation({ seed: 2, customers, run: 'live', isUniform: true, isSettled: true });
  let isOver = false;
  const run = async () => {
    const startMs = performance.now();
    for (let sent = 0; !isOver; await pause(TICK_MS)) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * rate);
      const events = Array.from({ length: due - sent }, () => population.next(Date.now())).flat();
      sent = due;
      await producer.send(events);
    }
  };
  const running = run();
  return {
    stop() {
      isOver = true;
      return running;
    },
  };
}

async function measure(installation: Installation) {
  const { environment, logDir } = installation;
  const plan = { events: 0, customers, seed: 1, isUniform: true, isSettled: true };
  await appendArrivals(installation, plan);
  await drainBacklog(installation, { workers: 1, policyDir: undefined, profileDir: undefined });
  const start = () => startServiceProcess('worker', { environment, logDir });
  let worker: ServiceProcess = await start();
  const traffic = startTraffic(installation);
  const first: number[] = [];
  const all: number[] = [];
  try {
    for (let kill = 0; kill < Number(values.kills); kill++) {
      await committed(installation, await positions(installation), installation.shards.length);
      worker.signal('SIGKILL');
      await worker.ended;
      const killedMs = performance.now();
      const before = await positions(installation);
      worker = await start();
      await committed(installation, before, 1);
      first.push(performance.now() - killedMs - SESSION_TIMEOUT_MS);
      await committed(installation, before, installation.shards.length);
      all.push(performance.now() - killedMs - SESSION_TIMEOUT_MS);
    }
  } finally {
    await traffic.stop();
    await worker.stop();
  }
  const median = (numbers: number[]) =>
    Math.round(
      quantile(
        numbers.sort((a, b) => a - b),
        0.5,
      ),
    );
  return { machine: machine(), customers, rate, firstShardMs: median(first), allShardsMs: median(all) };
}

const installation = await openInstallation();
try {
  const result = await measure(installation);
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${result.machine}\n${customers} customers, ${rate} events/s; beyond the session timeout of ${SESSION_TIMEOUT_MS} ms (median of ${values.kills} kills)\n` +
          `  first commit after ${result.firstShardMs} ms, the last shard's after ${result.allShardsMs} ms\n`,
  );
} finally {
  await installation.stop();
}
