import type { Event } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { createCustomerWorld, DAY_MS, HOUR_MS, START } from '../../telecom/test/customer-world.ts';

/** Of recorded history: what is fresh follows the feed, whenever it is appended. */
const SOURCE = 'recorded:lives';
const DAYS = 40;

/** Events of invented customers over forty days, in the order they happened: equal seeds give equal lives. */
export function livesOf(policy: CompiledPolicy, customers: number, seed: number): readonly Event[] {
  const events = Array.from({ length: customers }, (_, index) =>
    lifeOf(policy, `customer-${index}`, randomOf(seed + index)),
  );
  return events
    .flat()
    .map((event) => ({ ...event, source: SOURCE }))
    .sort((a, b) => a.occurredAt - b.occurredAt);
}

function lifeOf(policy: CompiledPolicy, customerId: string, random: () => number): Event[] {
  const world = createCustomerWorld(policy, customerId);
  const at = (day: number) => Math.floor(START + day * DAY_MS + random() * 20 * HOUR_MS);
  const began = START - 60 * DAY_MS;
  const who = {
    language: 'en',
    timeZone: 'UTC',
    tier: random() < 0.7 ? 'key' : 'basic',
    birthYear: 1980,
    city: 'X',
    birthDate: null,
  };
  const events: Event[] = [world.event('CustomerRegistered', began, who), world.activated(began)];
  const silentFrom = random() < 0.6 ? 20 + random() * 13 : DAYS;
  const isBack = random() < 0.5;
  for (let day = 0; day < DAYS; day++) {
    if (day > silentFrom && !(isBack && day > silentFrom + 9)) continue;
    for (let use = 0; use < 1 + random() * 3; use++) events.push(useOf(world, at(day), random));
  }
  const subscriptionId = 'line-1';
  if (random() < 0.4) {
    const ask = { subscriptionId, requestId: 'r', reason: 'too expensive', channel: 'online', effectiveAt: null };
    events.push(world.event('SuspensionRequested', at(random() * DAYS), ask));
  }
  if (random() < 0.3) {
    events.push(world.event('ComplaintFiled', at(random() * DAYS), { complaintId: 'c', topic: '' }));
  }
  if (random() < 0.2) {
    const refusal = { channel: 'sms', purpose: 'MARKETING', granted: false } as const;
    events.push(world.event('ConsentChanged', at(random() * DAYS), refusal));
  }
  return events;
}

function useOf(world: ReturnType<typeof createCustomerWorld>, atMs: number, random: () => number): Event {
  const kind = random() < 0.5 ? 'DATA' : 'VOICE';
  return world.usage(atMs, { kind, quantityMb: kind === 'DATA' ? random() * 800 : 0, failed: random() < 0.2 });
}

/** A linear congruential generator, [0, 1). */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
