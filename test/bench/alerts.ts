import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createAlertFeed } from '@holdfast/redis';
import { eventually } from '@holdfast/testkit';
import { startSystem } from '@holdfast/testkit/system';
import type { ListenersReport, ToListeners } from './alert-listeners.ts';
import { openInstallation } from './installation.ts';
import { pause, quantile } from './measurement.ts';
import { cpuSecondsOf, listenerOf, machine, peakRssOf } from './processes.ts';

/**
 * Streams of a gateway, alerts appended to its feed in an open loop, and screens that come back with their last id all the
 * while. Counted from the append of an alert to its arrival at each screen of its team.
 */
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '5000' },
    teams: { type: 'string', default: '100' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    /** Screens that leave and come back, a second. */
    reconnects: { type: 'string', default: '20' },
  },
});
const [streams, teams, rate, seconds, reconnects] = [
  values.streams,
  values.teams,
  values.rate,
  values.seconds,
  values.reconnects,
].map(Number) as [number, number, number, number, number];
const TICK_MS = 5;
/** About what an alert of the default policy takes. */
const FILLING = 'x'.repeat(900);

const tell = (listeners: ChildProcess, message: ToListeners) => void listeners.send(message);

async function reportOf(listeners: ChildProcess): Promise<ListenersReport> {
  tell(listeners, { kind: 'report' });
  const [report] = await once(listeners, 'message');
  return report as ListenersReport;
}

const installation = await openInstallation();
const system = await startSystem(installation.stack, { workers: 0, dispatchers: 0 });
const feed = createAlertFeed({ url: installation.stack.redisUrl });
const listeners = fork(new URL('./alert-listeners.ts', import.meta.url), { serialization: 'advanced' });
try {
  const port = Number(new URL(system.gatewayUrl).port);
  const gateway = listenerOf(port) ?? 0;
  tell(listeners, { kind: 'plan', plan: { port, key: system.agentKey, streams, teams } });
  await once(listeners, 'message');

  const numbers = Array.from({ length: teams }, () => 0);
  const appends: Promise<unknown>[] = [];
  const append = (n: number) => {
    const team = n % teams;
    const number = (numbers[team] ?? 0) + 1;
    numbers[team] = number;
    const json = JSON.stringify({ team: `t${team}`, number, appendedAt: Date.now(), filling: FILLING });
    appends.push(feed.append({ contactId: `b${n}`, json }));
  };
  const cpus = () => [gateway, listeners.pid ?? 0, process.pid].map((pid) => cpuSecondsOf(pid) ?? 0);
  const before = cpus();
  const startMs = Date.now();
  let asked = 0;
  for (let n = 0; n < rate * seconds; ) {
    const elapsed = (Date.now() - startMs) / 1_000;
    for (; n < Math.min(rate * seconds, elapsed * rate); n++) append(n);
    const due = Math.floor(elapsed * reconnects) - asked;
    if (due > 0) tell(listeners, { kind: 'reconnect', count: due });
    asked += Math.max(0, due);
    await pause(TICK_MS);
  }
  await Promise.all(appends);
  await eventually('every screen has everything of its team', async () => {
    const { last } = await reportOf(listeners);
    const behind = last.filter(([team, number]) => number !== numbers[team]).length;
    if (behind > 0) throw new Error(`${behind} screens are behind`);
  });
  const used = cpus().map((cpu, index) => Math.round((cpu - (before[index] ?? 0)) * 100) / 100);
  const { latenciesMs, last: _, ...report } = await reportOf(listeners);
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(sorted, share));
  process.stdout.write(
    `${machine()}, load average ${loadavg()[0]?.toFixed(1)}\n` +
      `${streams} streams of ${teams} teams, ${rate} alerts/s for ${seconds} s: append to screen p50 ${p50} ms, p99 ${p99} ms, max ${max} ms\n` +
      `${JSON.stringify(report)}\n` +
      `CPU seconds: gateway ${used[0]}, screens ${used[1]}, this process ${used[2]}; gateway at most ${Math.round(peakRssOf(gateway) / 2 ** 20)} MB\n`,
  );
} finally {
  listeners.kill();
  await feed.close();
  await system.stop();
  await installation.stop();
}
