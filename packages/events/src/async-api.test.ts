import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from './async-api.ts';
import { schemaTable } from './schema-table.ts';

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}

interface Described {
  readonly payload: { readonly properties: object };
  readonly 'x-avro-schema': unknown;
}

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument({ title: 'Holdfast', version: '1' });
  const channels = Object.values(document.channels as Readonly<Record<string, Channel>>);

  it('has every record on the channel of its topic, with the schema as it is registered', () => {
    const { messages } = document.components as { messages: Record<string, Described> };
    for (const { record, topic, schema } of schemaTable()) {
      const channel = channels.find(({ address }) => address === topic);
      expect(channel?.messages[record]?.$ref).toBe(`#/components/messages/${record}`);
      const { fields } = schema as { fields: readonly { name: string }[] };
      expect(messages[record]?.['x-avro-schema']).toBe(schema);
      expect(Object.keys(messages[record]?.payload.properties ?? {})).toEqual(fields.map(({ name }) => name));
    }
    const told = channels.flatMap(({ messages: own }) => Object.keys(own));
    expect(told.toSorted()).toEqual(
      schemaTable()
        .map(({ record }) => record)
        .toSorted(),
    );
  });

  it('receives what others send, and sends the rest', () => {
    const operations = Object.entries(document.operations as Record<string, { action: string }>);
    const received = operations.filter(([, { action }]) => action === 'receive').map(([name]) => name);
    expect(received).toEqual([
      'receiveTelecomUsageV1',
      'receiveTelecomSubscriptionV1',
      'receiveTelecomChurnV1',
      'receiveTelecomCustomerV1',
      'receiveTelecomInteractionV1',
    ]);
  });
});
