import { createEncoder, type EventInput, schemaEntry } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import type { SchemaAnswer } from './registry.ts';
import { createRegistryDecoder } from './registry-decoder.ts';

const usage: EventInput<'UsageRecorded'> = {
  type: 'UsageRecorded',
  eventId: 'cdr-1',
  source: 'network',
  occurredAt: Date.UTC(2026, 2, 1),
  customerId: 'c-1',
  subscriptionId: 'l-1',
  kind: 'SMS',
};
const value = createEncoder({ UsageRecorded: 7 }).encode(usage);
const found: SchemaAnswer = { kind: 'found', schema: JSON.stringify(schemaEntry('UsageRecorded')?.schema) };

/** A registry that gives these answers in turn, the last one for ever, and counts how often it was asked. */
function registryAnswering(...answers: SchemaAnswer[]) {
  const asked: number[] = [];
  const schemaById = async (schemaId: number): Promise<SchemaAnswer> => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(schemaId);
    return answer ?? { kind: 'unknown' };
  };
  return { asked, schemaById };
}

describe('a registry decoder', () => {
  it('fetches an unknown schema once and is synchronous from then on', async () => {
    const registry = registryAnswering(found);
    const decoder = createRegistryDecoder(registry);
    const first = decoder.decode(value);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({ kind: 'event', event: usage });
    expect(decoder.decode(value)).toMatchObject({ kind: 'event', event: usage });
    expect(registry.asked).toEqual([7]);
  });

  it('says retry while the registry is unreachable, and decodes once it is back', async () => {
    const decoder = createRegistryDecoder(registryAnswering({ kind: 'unreachable', message: 'refused' }, found));
    expect(await decoder.decode(value)).toEqual({ kind: 'retry', message: 'refused' });
    expect(await decoder.decode(value)).toMatchObject({ kind: 'event' });
  });

  it('takes an id the registry does not know for poison, and asks again for the next record', async () => {
    const decoder = createRegistryDecoder(registryAnswering({ kind: 'unknown' }, found));
    expect(await decoder.decode(value)).toMatchObject({ kind: 'poison', code: 'unknown-schema-id' });
    expect(await decoder.decode(value)).toMatchObject({ kind: 'event' });
  });

  it('never asks for what is no value in the wire format', () => {
    const registry = registryAnswering(found);
    const decoder = createRegistryDecoder(registry);
    expect(decoder.decode(null)).toMatchObject({ kind: 'poison', code: 'empty-value' });
    expect(decoder.decode(Buffer.from('{}'))).toMatchObject({ kind: 'poison', code: 'too-short' });
    expect(decoder.decode(Buffer.from('{"a":1}'))).toMatchObject({ kind: 'poison', code: 'wrong-magic' });
    expect(registry.asked).toEqual([]);
  });

  it('gives the poison of the value itself after its schema was fetched', async () => {
    const decoder = createRegistryDecoder(registryAnswering(found));
    expect(await decoder.decode(value.subarray(0, 12))).toMatchObject({ kind: 'poison', code: 'truncated' });
  });
});
