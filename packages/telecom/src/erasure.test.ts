import type { LogRecord } from '@holdfast/engine';
import { CONTROL_TOPIC, type Event, INPUT_TOPICS } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { compilePack } from '../test/customer-world.ts';
import { type CustomerErasure, createCustomerTopology } from './customer-topology.ts';

const policy = compilePack();

const erasure: CustomerErasure = {
  open: ({ value }) => ({ kind: 'erasure', entityId: String(value) }),
  markOf: (id) => `k.${id}`,
};

const topologyWith = (given: { readonly erasure?: CustomerErasure }) =>
  createCustomerTopology({
    policy,
    decodeRecord: () => ({ kind: 'poison', code: 'not-asked', message: 'control records are no events' }),
    encodeDecision: () => Buffer.alloc(0),
    ...given,
  });

const record = (topic: string, kind?: string): LogRecord => ({
  topic,
  partition: 0,
  offset: 0,
  appendTime: 1,
  key: null,
  value: Buffer.from('c-42'),
  headers: kind === undefined ? {} : { 'holdfast-kind': Buffer.from(kind) },
});

describe('the customer topology', () => {
  it('takes an erasure from the control topic, and from there only', () => {
    const { decode } = topologyWith({ erasure });
    expect(decode(record(CONTROL_TOPIC, 'erasure'))).toEqual({ kind: 'erasure', entityId: 'c-42' });
    expect(decode(record(INPUT_TOPICS.customer, 'erasure'))).toEqual({ kind: 'shard' });
    expect(decode(record(CONTROL_TOPIC, 'init'))).toEqual({ kind: 'shard' });
  });

  it('makes nobody anew of a report of what was on its way', () => {
    const { erasure: rules } = topologyWith({ erasure });
    const event = { eventId: 'e', source: 'dispatcher', occurredAt: 1, customerId: 'c-42' };
    const report = { ...event, type: 'DeliveryReported', contactId: 'k', status: 'UNKNOWN' } as Event;
    const registered = { ...event, type: 'CustomerRegistered' } as Event;
    expect(rules?.opens(report)).toBe(false);
    expect(rules?.opens(registered)).toBe(true);
  });

  it('reads the control topic ahead even without the key, which is asked for when it is needed', () => {
    const { erasure: rules } = topologyWith({ erasure: { open: erasure.open } });
    expect(rules).toMatchObject({ topic: CONTROL_TOPIC });
    expect(rules?.markOf).toBeUndefined();
    expect(topologyWith({ erasure }).erasure?.markOf?.('c-42')).toBe('k.c-42');
  });
});
