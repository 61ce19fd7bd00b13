import type { WorkChangeEntry } from '@holdfast/redis';
import { describe, expect, it, vi } from 'vitest';
import { startWorkRelay } from './work-relay.ts';

const entry = (entryId: string): WorkChangeEntry => ({
  entryId,
  itemId: `c${entryId}`,
  customerId: '4711',
  contactId: `c${entryId}`,
  followUpId: '',
  change: 'CLAIMED',
  ...{
    desk: '',
    team: '',
    agent: 'ann',
    owner: 'ann',
    outcome: '',
    reason: '',
    campaign: '',
    offer: '',
    arm: '',
    channel: '',
  },
  ...{ dueAt: null, until: null, occurredAt: 1_764_450_000_000, topics: [], isAnnounced: false },
});

/** A relay over an outbox in memory; `answers` says by entry what the log does, in order, the last for ever. */
async function relayed(ids: readonly string[], answers: Readonly<Record<string, readonly string[]>>) {
  const outbox = ids.map(entry);
  const told: string[] = [];
  const refused: string[] = [];
  const asked = new Map<string, number>();
  const endTurn = vi.fn(async () => undefined);
  const relay = startWorkRelay(
    {
      work: {
        readOutbox: async () => [...outbox],
        async trimOutbox(entryIds) {
          for (const id of entryIds) {
            outbox.splice(
              outbox.findIndex(({ entryId }) => entryId === id),
              1,
            );
          }
        },
        endTurn,
      },
      append: async (events) =>
        events.map(({ eventId }) => {
          const id = eventId.slice('work:'.length);
          const list = answers[id] ?? ['accepted'];
          const turn = asked.get(id) ?? 0;
          asked.set(id, turn + 1);
          const kind = list[Math.min(turn, list.length - 1)] ?? 'accepted';
          if (kind === 'accepted') told.push(id);
          return { kind, message: kind };
        }),
      told: () => undefined,
      refused: (message) => refused.push(message),
      failed: () => undefined,
    },
    { everyMs: 1, turnMs: 1_000 },
  );
  await vi.waitFor(() => expect(outbox).toEqual([]), { timeout: 2_000, interval: 1 });
  await relay.close();
  expect(endTurn).toHaveBeenCalledOnce();
  return { told, refused };
}

describe('the relay of the work list', () => {
  it('keeps what the log did not take, and what came after it, and tells it again in order', async () => {
    const { told } = await relayed(['1', '2', '3'], { 2: ['unavailable', 'accepted'] });
    expect(told).toEqual(['1', '3', '2', '3']);
  });

  it('sets aside what the log can never take, and says so', async () => {
    const { told, refused } = await relayed(['1', '2', '3'], { 2: ['rejected'] });
    expect(told).toEqual(['1', '3']);
    expect(refused).toEqual(['rejected']);
  });
});
