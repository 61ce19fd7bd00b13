import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createWorkList, type WorkList } from '@holdfast/redis';
import { startSystem } from '@holdfast/testkit/system';
import { openInstallation } from './installation.ts';
import { pause, quantile } from './measurement.ts';
import { cpuSecondsOf, listenerOf, machine, peakRssOf } from './processes.ts';

/**
 * A gateway and its work list, filled with so many open items of so many desks. Requests of 200 agents in an open loop:
 * the next item of a desk taken and laid down again, pages of a desk's list, a search for what one account manager of
 * ten thousand has, and one for what nobody has. Counted from the moment a request was meant to be sent to the end of its
 * answer.
 */
const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '10000,100000' },
    desks: { type: 'string', default: '20' },
    rate: { type: 'string', default: '100' },
    /** One search of each kind per so many claims. */
    'search-every': { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
  },
});
const steps = values.items.split(',').map(Number);
const [desks, rate, seconds] = [values.desks, values.rate, values.seconds].map(Number) as [number, number, number];
const searchEvery = Number(values['search-every']);
const AGENTS = 200;
const MANAGERS = 10_000;
const WARM_UP_SECONDS = 3;
const TICK_MS = 2;

const installation = await openInstallation();
const system = await startSystem(installation.stack, { workers: 0, dispatchers: 0 });
const work = createWorkList({ url: installation.stack.redisUrl });
const sockets = new Agent({ keepAlive: true, maxSockets: AGENTS });
try {
  process.stdout.write(`${machine()}, load average ${loadavg()[0]?.toFixed(1)}\n`);
  let opened = 0;
  for (const items of steps) {
    const beganMs = performance.now();
    await openItems(work, opened, items);
    const openMs = performance.now() - beganMs;
    const perSecond = Math.round((items - opened) / (openMs / 1_000));
    opened = items;
    await told(work);
    process.stdout.write(`${items} open items on ${desks} desks; opened at ${perSecond}/s\n`);
    await run(WARM_UP_SECONDS);
    for (const line of await run(seconds)) process.stdout.write(`  ${line}\n`);
  }
} finally {
  sockets.destroy();
  await work.close();
  await system.stop();
  await installation.stop();
}

async function openItems(list: WorkList, from: number, to: number): Promise<void> {
  const one = (n: number) =>
    list.open({
      ...{ itemId: `c${n}`, kind: 'contact', contactId: `c${n}`, customerId: `customer-${n}`, desk: `d${n % desks}` },
      ...{ accountManager: `m${(n * 7_919) % MANAGERS}`, play: `p${n % 30}`, tier: 'standard', title: 'A call' },
      ...{ dueAt: Date.now() + 86_400_000 + ((n * 7_919) % 86_400_000), priority: 1 + (n % 3) },
      alert: JSON.stringify({ filling: 'x'.repeat(900) }),
    });
  for (let n = from; n < to; n += 500) {
    await Promise.all(Array.from({ length: Math.min(500, to - n) }, (_, index) => one(n + index)));
  }
}

/** The log has everything that happened so far. */
async function told(list: WorkList): Promise<void> {
  while ((await list.figures()).untold > 0) await pause(100);
}

async function run(forSeconds: number): Promise<readonly string[]> {
  const gateway = listenerOf(Number(new URL(system.gatewayUrl).port)) ?? 0;
  const pids = [gateway, installation.pids.redis, installation.pids.broker, process.pid];
  const cpus = () => pids.map((pid) => (pid === undefined ? 0 : (cpuSecondsOf(pid) ?? 0)));
  const before = cpus();
  const took = {
    claim: [] as number[],
    release: [] as number[],
    list: [] as number[],
    rare: [] as number[],
    none: [] as number[],
  };
  const faults = new Map<number, number>();
  const timed = async (kind: keyof typeof took, meantMs: number, path: string, agent: string, body?: object) => {
    const answer = await call(path, agent, body);
    took[kind].push(performance.now() - meantMs);
    if (answer.status >= 300) faults.set(answer.status, (faults.get(answer.status) ?? 0) + 1);
    return answer;
  };
  const turn = async (n: number, meantMs: number) => {
    const [agent, desk] = [`agent-${n % AGENTS}`, `d${n % desks}`];
    await Promise.all([
      timed('claim', meantMs, '/claim-next', agent, { desks: [desk] }).then(({ text }) => {
        const { id } = JSON.parse(text || '{}') as { readonly id?: string };
        return id === undefined ? undefined : timed('release', performance.now(), `/${id}/release`, agent, {});
      }),
      timed('list', meantMs, `?desk=${desk}&limit=50`, agent),
      n % searchEvery === 0 && timed('rare', meantMs, `?accountManager=m${n % MANAGERS}`, agent),
      n % searchEvery === 5 && timed('none', meantMs, '?tier=nobody', agent),
    ]);
  };
  const turns: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let n = 0; n < rate * forSeconds; ) {
    const elapsedMs = performance.now() - startMs;
    for (; n < Math.min(rate * forSeconds, (elapsedMs / 1_000) * rate); n++)
      turns.push(turn(n, startMs + (n / rate) * 1_000));
    await pause(TICK_MS);
  }
  await Promise.all(turns);
  const wallSeconds = (performance.now() - startMs) / 1_000;
  const used = cpus().map((cpu, index) => (cpu - (before[index] ?? 0)).toFixed(1));
  return [
    `claim-next ${figure(took.claim)}, laid down ${figure(took.release)}`,
    `50 of a desk's list ${figure(took.list)}; one manager's items ${figure(took.rare)}`,
    `a search for what nobody has ${figure(took.none)}`,
    `${rate}/s each (one search in ${searchEvery}) for ${forSeconds} s, took ${wallSeconds.toFixed(1)} s; CPU seconds: gateway ${used[0]}, ` +
      `Redis ${used[1]}, broker ${used[2]}, this process ${used[3]}; gateway at most ${Math.round(peakRssOf(gateway) / 2 ** 20)} MB; load average ${loadavg()[0]?.toFixed(1)}; not answered well: ${JSON.stringify([...faults])}`,
  ];
}

function figure(latenciesMs: readonly number[]): string {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(sorted, share).toFixed(1));
  return `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
}

function call(path: string, agent: string, body?: object) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const url = `${system.gatewayUrl}/v1/work-items${path}`;
    const headers = {
      'x-api-key': system.agentKey,
      'x-holdfast-agent': agent,
      ...(body && { 'content-type': 'application/json' }),
    };
    const sent = request(url, { method: body ? 'POST' : 'GET', agent: sockets, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
