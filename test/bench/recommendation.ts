import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { fillShards } from './filled-shards.ts';
import { type Installation, openInstallation } from './installation.ts';
import { pause } from './measurement.ts';
import { type Latencies, openLoop } from './open-loop.ts';
import { createPopulation, customerIdOf } from './population.ts';
import { cpuSecondsOf, machine } from './processes.ts';

/**
 * Recommendations asked for in an open loop of a gateway over a million customers, first with nothing else to do, then while a worker
 * drains a backlog. Broker, registry, Redis, gateway, worker and the load itself share the machine.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    /** Seconds: the broker's JVM compiles for a minute, on the cores of those who are measured. */
    warmup: { type: 'string', default: '60' },
    customers: { type: 'string', default: '1000000' },
    /** Events that wait for the worker; 0 leaves the second measurement out. */
    backlog: { type: 'string', default: '600000' },
    face: { type: 'string', default: 'tmf' },
    policy: { type: 'string' },
    /** Where a CPU profile of the gateway is kept. */
    profiles: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const plan = {
  rate: Number(values.rate),
  seconds: Number(values.seconds),
  warmupSeconds: Number(values.warmup),
  customers: Number(values.customers),
  backlog: Number(values.backlog),
};
const KEY = 'agent-0123456789abcdef';
const ADDRESSES = {
  tmf: '/tmf-api/recommendationManagement/v4/queryProductRecommendation',
  own: '/v1/recommendations',
};
const isTmf = values.face === 'tmf';
/** One caller in ten complains. */
const COMPLAINS = 10;
const APPENDED_AT_A_TIME = 1_000;

interface Measured extends Latencies {
  readonly answered: Readonly<Record<string, number>>;
  /** Answers with something to offer. */
  readonly offered: number;
  readonly gatewayCpuMicros: number;
  readonly redisCpuMicros: number;
  readonly brokerCpuMicros: number;
  readonly loadAverage: readonly [number, number];
  /** Records not folded, before and after. */
  readonly backlog: readonly [number, number];
}

async function measure(installation: Installation, gateway: ServiceProcess, seconds: number): Promise<Measured> {
  const answered: Record<string, number> = {};
  let offered = 0;
  const { pids } = installation;
  const cpu = () => [gateway.pid, pids.redis, pids.broker].map((pid) => cpuSecondsOf(pid) ?? 0);
  const [loadBefore, backlogBefore, before] = [loadavg()[0] ?? 0, await installation.backlog(), cpu()];
  const latencies = await openLoop({
    url: `http://127.0.0.1:${gateway.port}`,
    headers: { 'x-api-key': KEY },
    perSecond: plan.rate,
    warmupSeconds: plan.warmupSeconds,
    seconds,
    call: callOf,
    answered(status, body) {
      answered[status] = (answered[status] ?? 0) + 1;
      if (body.includes('"contactId"')) offered += 1;
    },
  });
  const calls = plan.rate * (plan.warmupSeconds + seconds);
  const [gatewayCpuMicros = 0, redisCpuMicros = 0, brokerCpuMicros = 0] = cpu().map(
    (after, index) => ((after - (before[index] ?? 0)) / calls) * 1_000_000,
  );
  return {
    ...latencies,
    answered,
    offered,
    ...{ gatewayCpuMicros, redisCpuMicros, brokerCpuMicros },
    loadAverage: [loadBefore, loadavg()[0] ?? 0],
    backlog: [backlogBefore, await installation.backlog()],
  };
}

/** Customers one after the other in an order that visits none twice soon. */
function callOf(index: number): { readonly path: string; readonly body: string } {
  const customerId = customerIdOf((index * 7_919) % plan.customers);
  const reason = index % COMPLAINS === 0 ? 'complaint' : 'bill';
  if (!isTmf) return { path: ADDRESSES.own, body: JSON.stringify({ customerId, reason }) };
  const relatedParty = { id: customerId, role: 'customer', '@referredType': 'Customer' };
  const body = { relatedParty, channel: [{ id: 'call-centre' }], characteristic: [{ name: 'reason', value: reason }] };
  return { path: ADDRESSES.tmf, body: JSON.stringify(body) };
}

async function appendBacklog({ producer }: Installation): Promise<void> {
  const population = createPopulation({
    ...{ seed: Number(values.seed) + 1, customers: plan.customers, run: 'backlog', isUniform: true, isSettled: true },
  });
  for (let sent = 0; sent < plan.backlog; sent += APPENDED_AT_A_TIME) {
    const events = Array.from({ length: APPENDED_AT_A_TIME }, () => population.next(Date.now())).flat();
    const outcomes = await producer.send(events);
    if (outcomes.some(({ kind }) => kind !== 'accepted')) throw new Error('the broker does not take the backlog');
  }
}

function lineOf(name: string, one: Measured): string {
  const ms = (value: number) => value.toFixed(1);
  const answers = Object.entries(one.answered).map(([status, count]) => `${count} × ${status}`);
  return [
    `${name}: p50 ${ms(one.p50Ms)}, p90 ${ms(one.p90Ms)}, p99 ${ms(one.p99Ms)}, p99.9 ${ms(one.p999Ms)}, max ${ms(one.maxMs)} ms`,
    `  ${answers.join(', ')}, ${one.offered} with something to offer; calls left at most ${ms(one.latestStartMs)} ms late`,
    `  CPU µs a call: gateway ${Math.round(one.gatewayCpuMicros)}; with their other work Redis ${Math.round(one.redisCpuMicros)}, ` +
      `broker ${Math.round(one.brokerCpuMicros)}`,
    `  load average ${one.loadAverage.map((load) => load.toFixed(1)).join(' to ')}, backlog ${one.backlog.join(' to ')}\n`,
  ].join('\n');
}

const folder = loadPolicyFolder(values.policy);
if (folder.kind === 'invalid') throw new Error(folder.text);
const installation = await openInstallation();
const running: ServiceProcess[] = [];
try {
  const fillingMs = performance.now();
  await fillShards(installation, { ...plan, policy: folder.policy, nowMs: Date.now(), seed: Number(values.seed) });
  const filledSeconds = Math.round((performance.now() - fillingMs) / 1_000);
  const common = {
    ...installation.environment,
    ...(values.policy ? { HOLDFAST_POLICY_DIR: values.policy } : {}),
  };
  const { logDir } = installation;
  const profiling = values.profiles ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profiles}` } : {};
  const environment = { ...common, ...profiling, HOLDFAST_API_KEYS: `agent:${KEY}` };
  const gateway = await startServiceProcess('gateway', { environment, logDir, label: 'gateway' });
  running.push(gateway);
  const quiet = await measure(installation, gateway, plan.seconds);
  let draining: Measured | undefined;
  if (plan.backlog > 0) {
    await appendBacklog(installation);
    const worker = await startServiceProcess('worker', { environment: common, logDir, label: 'worker' });
    running.push(worker);
    const before = await installation.backlog();
    while ((await installation.backlog()) >= before) await pause(50);
    draining = await measure(installation, gateway, plan.seconds);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), ...plan, quiet, draining })}\n`);
  else {
    process.stdout.write(
      `${machine()}\n${plan.rate} recommendations/s (${values.face}) for ${plan.seconds} s after ${plan.warmupSeconds} s, ` +
        `${plan.customers} customers, filled in ${filledSeconds} s\n${lineOf('quiet', quiet)}` +
        (draining ? lineOf('while a worker drains', draining) : ''),
    );
  }
} finally {
  await Promise.all(running.map((service) => service.stop()));
  await installation.stop();
}
