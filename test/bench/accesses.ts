import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { ACCESS_TOPIC, createEncoder, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, ensureTopics } from '@holdfast/kafka';
import { createHealth, createLogger, createMetrics, createPseudonym } from '@holdfast/observability';
import { startStack } from '@holdfast/testkit/stack';
import { createGateway } from '../../services/gateway/src/gateway.ts';
import type { Face } from '../../services/gateway/src/http/face.ts';
import { createAccessLog } from '../../services/gateway/src/security/access-log.ts';
import { authenticateByKeys } from '../../services/gateway/src/security/api-keys.ts';
import type { Audit } from '../../services/gateway/src/security/audit.ts';
import { pause, quantile } from './measurement.ts';
import { machine } from './processes.ts';

/**
 * What it costs a request to be noted in the log of accesses before it is answered: one route, asked in an open loop with
 * and without it, in turns. The load, the gateway and the broker share the machine.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const plan = { rate: Number(values.rate), seconds: Number(values.seconds), rounds: Number(values.rounds) };

const KEY = 'agent-0123456789abc';
const TICK_MS = 2;
const LINGER_MS = 1;
/** On an address that is in the table of routes. */
const PATH = '/v1/alerts';
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

function face(audit: Audit): Face {
  return {
    name: 'customer',
    routes: (app) =>
      void app.get(PATH, async (incoming) => {
        const isNoted = incoming.headers['x-noted'] === 'yes';
        if (isNoted) await audit(incoming, { action: 'recommendation.create', customerId: `customer-${randomUUID()}` });
        return { ok: true };
      }),
  };
}

/** Latency counts from the moment a request was meant to be sent. */
async function round(port: number, isNoted: boolean): Promise<Figures> {
  const took: number[] = [];
  let failed = 0;
  const asked: Promise<void>[] = [];
  const startMs = performance.now();
  const total = plan.rate * plan.seconds;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - startMs) / 1_000) * plan.rate);
    for (; sent < due; sent++) {
      const intendedMs = startMs + (sent / plan.rate) * 1_000;
      asked.push(
        ask(port, isNoted).then((status) => {
          if (status === 200) took.push(performance.now() - intendedMs);
          else failed += 1;
        }),
      );
    }
    await pause(TICK_MS);
  }
  await Promise.all(asked);
  took.sort((left, right) => left - right);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99), failed };
}

function ask(port: number, isNoted: boolean): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { 'x-api-key': KEY, 'x-noted': isNoted ? 'yes' : 'no' };
  const sent = request({ host: '127.0.0.1', port, path: PATH, headers, agent }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
  });
  sent.once('error', reject).end();
  return promise;
}

const stack = await startStack(process.env.HOLDFAST_STACK ? {} : { kind: 'native' });
const registry = createSchemaRegistry({ url: stack.registryUrl });
const client = { brokers: stack.brokers, clientId: 'bench-accesses' };
await ensureTopics({ ...client, partitions: 8, replicationFactor: 1, topics: [ACCESS_TOPIC] });
const encoder = createEncoder(await registry.registerAll(schemaTable()));
const producer = createEventProducer({ ...client, lingerMs: LINGER_MS }, { encoder });
const audit = createAccessLog({
  append: async (access) => (await producer.send([access]))[0]?.kind === 'accepted',
  pseudonym: createPseudonym(randomUUID()),
  now: Date.now,
});
const gateway = await createGateway(
  {
    faces: [face(audit)],
    authenticate: authenticateByKeys([{ role: 'agent', key: KEY }]),
    metrics: createMetrics({ service: 'gateway' }),
    health: createHealth(),
    logger: createLogger({ service: 'gateway', level: 'warn' }),
    requestSeen: () => {},
  },
  { host: '127.0.0.1', port: 0, callerLimits: { perCaller: 1_000_000 } },
);
const port = await gateway.start();
try {
  await round(port, true);
  const rounds: { noted: Figures; plain: Figures }[] = [];
  for (let i = 0; i < plan.rounds; i++)
    rounds.push({ plain: await round(port, false), noted: await round(port, true) });
  const middle = (of: 'noted' | 'plain', figure: 'p50Ms' | 'p99Ms') =>
    quantile(
      rounds.map((each) => each[of][figure]).sort((left, right) => left - right),
      0.5,
    );
  const failed = rounds.reduce((sum, { noted, plain }) => sum + noted.failed + plain.failed, 0);
  const figures = {
    machine: machine(),
    ...plan,
    plain: { p50Ms: middle('plain', 'p50Ms'), p99Ms: middle('plain', 'p99Ms') },
    noted: { p50Ms: middle('noted', 'p50Ms'), p99Ms: middle('noted', 'p99Ms') },
    failed,
  };
  const line = ({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }) =>
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  console.log(
    values.json
      ? JSON.stringify(figures)
      : `${figures.machine}\n${plan.rate} requests/s for ${plan.seconds} s, median of ${plan.rounds} rounds, failed ${failed}\nnot noted  ${line(figures.plain)}\nnoted      ${line(figures.noted)}`,
  );
} finally {
  await gateway.close();
  await producer.close();
  registry.close();
  agent.destroy();
  await stack.stop();
}
