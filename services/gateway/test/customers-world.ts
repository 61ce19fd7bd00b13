import type { Event } from '@holdfast/events';
import { type DatabaseOwner, redisDatabase } from '@holdfast/testkit';
import { defaultPolicy, TOLD_AT, toldCustomer } from '@holdfast/testkit/told-customer';
import { afterEach, expect, inject } from 'vitest';
import type { z } from 'zod';
import { freshCustomerId, type GatewayChange, startCustomerGateway } from './customer-gateway.ts';

const POLICY = defaultPolicy();
export const DAY_MS = 86_400_000;

/** Customers in a database of that name: nothing else is in its shards. Called once by a test file: it registers its hooks. */
export function useCustomers(database: DatabaseOwner) {
  const redisUrl = redisDatabase(inject('stack').redisUrl, database);
  const closers: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function started(change?: GatewayChange, policy = POLICY) {
    const gateway = await startCustomerGateway(redisUrl, policy, change);
    closers.push(gateway.close);
    return gateway;
  }

  async function withCustomer(change?: GatewayChange, customerId = freshCustomerId(), policy = POLICY) {
    const gateway = await started(change, policy);
    const told = await toldCustomer(customerId, policy, factsOf(customerId));
    const kept = told.events.filter(isKept);
    await gateway.commit(customerId, { ...told, events: kept, policy });
    return { ...gateway, customerId, told, kept, path: `/v1/customers/${customerId}` };
  }

  return { started, withCustomer };
}

export const happened = <T extends Event>(customerId: string, event: Omit<T, 'customerId' | 'source'>) =>
  ({ source: 'crm', customerId, ...event }) as unknown as T;

/** More than the story of the customer has, of every kind of fact. */
export function factsOf(customerId: string): readonly Event[] {
  const at = TOLD_AT - 30 * DAY_MS;
  const of = <T extends Event>(event: Omit<T, 'customerId' | 'source'>) => happened<T>(customerId, event);
  return [
    of({
      type: 'ConsentChanged',
      eventId: 'c',
      occurredAt: at,
      channel: 'sms',
      purpose: 'MARKETING',
      granted: false,
    } as never),
    of({ type: 'HouseholdLinked', eventId: 'h', occurredAt: at, householdId: 'h-1', role: 'payer' } as never),
    of({ type: 'AccountManagerAssigned', eventId: 'm', occurredAt: at, managerId: 'm-1' } as never),
    of({ type: 'ExclusionSet', eventId: 'x', occurredAt: at, exclusion: 'staff', active: false } as never),
    of({ type: 'ComplaintFiled', eventId: 'k', occurredAt: at, complaintId: 'k-1', topic: 'bill' } as never),
    of({ type: 'ComplaintResolved', eventId: 'r', occurredAt: at + 1, complaintId: 'k-1' } as never),
  ];
}

export const isKept = ({ type }: Event) => type !== 'UsageRecorded';

/** The body, which has exactly what its schema says. */
export async function bodyOf<T extends z.ZodType>(answer: Response, schema: T): Promise<z.output<T>> {
  const body: unknown = await answer.json();
  const parsed = schema.parse(body);
  expect(parsed).toEqual(body);
  return parsed;
}
