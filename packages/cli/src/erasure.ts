import { setTimeout as delay } from 'node:timers/promises';
import { type CustomerSeal, createCustomerSeal, createOutputLog } from '@holdfast/kafka';
import {
  createInteractionStore,
  createRecentAnswers,
  createRecommendationStore,
  createShardStore,
  createWorkList,
  forgetCustomer,
} from '@holdfast/redis';
import { awaitErasure, beginErasure, type ErasurePlace, type ErasureStart, STATE_LAYOUT } from '@holdfast/telecom';
import { StackFailure } from '../../../infra/stack/index.mjs';
import type { Addresses } from './addresses.ts';

export interface Erasure extends ErasurePlace {
  /** False: it is in the log for good, and the shard has not come to it within the wait. */
  readonly isApplied: boolean;
}

const CLIENT_ID = 'holdfast-erasure';

/**
 * Appends the record that erases a customer, has the stores of the gateways forget him, and waits until his shard has folded
 * it. They forget again then: a contact that was on its way may bring something back in between. Throws `StackFailure`
 * without an installation, and when the key is missing or is not the one his shard remembers others by.
 */
export async function eraseCustomer(addresses: Addresses, customerId: string, waitMs: number): Promise<Erasure> {
  const seal = sealOf(addresses.erasureKey);
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  const beside = openStoresBeside(addresses.queueRedisUrl);
  const output = createOutputLog({ brokers: addresses.brokers, ...addresses.kafkaSecurity, clientId: CLIENT_ID });
  try {
    const begun = await beginErasure(customerId, { store, output, seal });
    if (begun.kind !== 'begun') throw refusalOf(begun.kind);
    const { partition, offset } = begun;
    await forgetCustomer(customerId, beside);
    const isApplied = await awaitErasure(begun, waitMs, { store, delay, nowMs: () => performance.now() });
    if (isApplied) await forgetCustomer(customerId, beside);
    return { partition, offset, isApplied };
  } finally {
    await Promise.all([output, store, ...Object.values(beside)].map((one) => one.close()));
  }
}

function openStoresBeside(url: string) {
  return {
    recent: createRecentAnswers({ url }),
    recommended: createRecommendationStore({ url }),
    interactions: createInteractionStore({ url }),
    items: createWorkList({ url }),
  };
}

function sealOf(secret: string | undefined): CustomerSeal {
  if (secret !== undefined) return createCustomerSeal(secret);
  const hint = 'set it to the secret the workers have; openssl rand -hex 32 makes a first one, to be kept for good';
  throw new StackFailure('HOLDFAST_ERASURE_KEY is not set', hint);
}

function refusalOf(kind: Exclude<ErasureStart['kind'], 'begun'>): StackFailure {
  if (kind === 'uninitialised') return new StackFailure('this Redis has no installation', 'npx holdfast init');
  // Workers would wait at the record.
  return new StackFailure('HOLDFAST_ERASURE_KEY is not the key of this installation', 'use the one the workers have');
}
