import { partitionOf, type ShardId, type ShardMeta } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { createShardReader, type DecodedDecision } from './shard-reader.ts';

function reader(options: {
  meta?: ShardMeta | null;
  history?: readonly Buffer[];
  decode?: (value: Buffer) => DecodedDecision;
}) {
  const asked: ShardId[] = [];
  const histories: (number | undefined)[] = [];
  const meta = options.meta === undefined ? ({ partitionCount: 8 } as ShardMeta) : options.meta;
  const shards = createShardReader({
    store: {
      readMeta: async () => meta,
      readState: async (shard) => {
        asked.push(shard);
        return { bytes: Buffer.from('s'), trusted: true };
      },
      readHistory: async (_shard, _entityId, newest) => {
        histories.push(newest);
        return (options.history ?? []).slice(0, newest);
      },
    },
    decode: options.decode ?? (() => ({ kind: 'poison', message: 'no decision' })),
  });
  return { shards, asked, histories };
}

const named = (contactId: string) => ({ kind: 'event', event: { type: 'DecisionMade', contactId } }) as DecodedDecision;

describe('reading a shard', () => {
  it('looks where the producers put the customer', async () => {
    const { shards, asked } = reader({});
    await shards.state('customer-1');
    expect(asked).toEqual([{ topology: 'customer', partition: partitionOf(Buffer.from('customer-1'), 8) }]);
  });

  it('rejects before the stores are initialised, and says what to do', async () => {
    await expect(reader({ meta: null }).shards.state('c')).rejects.toThrow(/run holdfast init/);
  });

  it('finds the decision of a contact among others and unreadable ones', async () => {
    const history = ['x', 'c2', 'c1'].map((text) => Buffer.from(text));
    const decode = (value: Buffer): DecodedDecision =>
      value.toString() === 'x' ? { kind: 'poison', message: 'x' } : named(value.toString());
    const { shards } = reader({ history, decode });
    expect(await shards.decision('customer', 'c1')).toMatchObject({ kind: 'found', decision: { contactId: 'c1' } });
    expect(await shards.decision('customer', 'c3')).toEqual({ kind: 'missing' });
  });

  it('reads one record where the contact is of the newest decision, and the others only where it is not', async () => {
    const history = ['c2', 'c1'].map((text) => Buffer.from(text));
    const { shards, histories } = reader({ history, decode: (value) => named(value.toString()) });
    expect(await shards.decision('customer', 'c2')).toMatchObject({ kind: 'found' });
    expect(histories).toEqual([1]);
    expect(await shards.decision('customer', 'c1')).toMatchObject({ kind: 'found' });
    expect(histories).toEqual([1, 1, undefined]);
  });

  it('says retry, not missing, while a schema cannot be asked for', async () => {
    const { shards } = reader({
      history: [Buffer.from('x')],
      decode: () => ({ kind: 'retry', message: 'registry away' }),
    });
    expect(await shards.decision('customer', 'c1')).toEqual({ kind: 'retry', message: 'registry away' });
  });
});
