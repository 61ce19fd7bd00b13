import {
  eventually,
  type ProviderAnswer,
  type RedisServer,
  startHttpProvider,
  startRedisServer,
} from '@holdfast/testkit';
import { afterEach, beforeEach, expect } from 'vitest';
import { messageId } from '../src/subscriptions/outbound-message.ts';
import {
  alertWriter,
  type GatewayChange,
  SHORT_SCHEDULE,
  type SubscriptionsGateway,
  startSubscriptionsGateway,
} from './subscriptions-gateway.ts';

export type Answer = Parameters<typeof startHttpProvider>[0];

export interface Created {
  readonly id: string;
  readonly secret: string;
}

export interface Delivery {
  readonly messageId: string;
  readonly state: string;
  readonly tries: number;
  readonly nextAt?: string;
  readonly attempts: readonly { readonly httpStatus?: number; readonly error?: string }[];
}

/** Subscriptions on a Redis of their own. Called once by a test file: it registers its hooks. */
export function useDeliveries() {
  let redis: RedisServer;
  let writer: ReturnType<typeof alertWriter>;
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    redis = await startRedisServer();
    writer = alertWriter(redis.url);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await writer.close();
    await redis.stop();
  });

  async function gateway(change: GatewayChange = {}) {
    const started = await startSubscriptionsGateway(redis.url, change);
    closers.push(() => started.close());
    return started;
  }

  /** One whose messages end undelivered after a few tries. */
  const endsSoon = (delivery: GatewayChange['delivery'] = {}) =>
    gateway({ delivery: { schedule: SHORT_SCHEDULE, ...delivery } });

  async function receiver(answer: Answer = () => ({ status: 204 })) {
    const started = await startHttpProvider(answer);
    closers.push(started.close);
    const ids = () => started.requests.map(({ headers }) => String(headers['webhook-id'] ?? headers['ce-id']));
    return { ...started, ids };
  }

  return {
    gateway,
    endsSoon,
    receiver,
    raise: (change: object = {}) => writer.raise(change),
    restartRedis: () => redis.restart(),
    redisUrl: () => redis.url,
  };
}

export async function subscribe(to: SubscriptionsGateway, url: string, change: object = {}): Promise<Created> {
  const answer = await to.call('POST', '/v1/subscriptions', { url, ...change });
  expect(answer).toMatchObject({ status: 201 });
  return answer.json as unknown as Created;
}

export async function deliveries(of: SubscriptionsGateway, id: string): Promise<readonly Delivery[]> {
  const { json } = await of.call('GET', `/v1/subscriptions/${id}/deliveries?limit=500`);
  return json.deliveries as readonly Delivery[];
}

export const idOf = (contactId: string) => messageId('alert', contactId);
export const soon = <T>(what: string, check: () => T | Promise<T>) =>
  eventually(what, check, { withinMs: 15_000, everyMs: 25 });
/** Answers one after the other; the last one stays. */
export const inTurn =
  (...answers: readonly ProviderAnswer[]): Answer =>
  (_request, index) =>
    answers[Math.min(index, answers.length - 1)] ?? { status: 204 };
