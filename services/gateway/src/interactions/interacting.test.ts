import type { InteractionStore, StoredInteraction } from '@holdfast/redis';
import { describe, expect, it } from 'vitest';
import type { CustomerAnswer, KnownCustomer } from '../customers/customer-reader.ts';
import type { AppendOutcome } from '../events/event-intake.ts';
import type { OutcomeAnswer, OutcomeCaller } from '../outcomes/outcome.ts';
import { createInteracting } from './interacting.ts';
import type { CreateBody } from './party-interaction-schema.ts';

const NOW = Date.UTC(2026, 10, 29, 9);
const BODY: CreateBody = {
  ...{ reason: 'bill', status: 'inProgress', direction: 'inbound', interactionDate: {} },
  channel: [{ id: 'call-centre', href: 'ch' }],
  relatedParty: [{ id: 'c', href: 'c', role: 'customer', '@referredType': 'Customer' }],
  interactionItem: [{ id: '1', item: { id: 'k', role: 'contact' }, resolution: 'accepted' }],
};
const MAKING = { callerId: 'key-1', hrefOf: (id: string) => `/${id}` };

interface Situation {
  readonly customer?: CustomerAnswer['kind'];
  readonly outcome?: OutcomeAnswer;
  readonly append?: AppendOutcome;
  readonly isNoteLost?: boolean;
  readonly isUnaudited?: boolean;
}

/** Writes down what happens, in its order; the store keeps one interaction. */
function world(situation: Situation = {}) {
  const steps: string[] = [];
  const kept = new Map<string, string>();
  const store: Pick<InteractionStore, 'create' | 'read' | 'replace'> = {
    async create({ id, record }: StoredInteraction) {
      steps.push('create');
      const there = kept.get(id);
      if (there !== undefined) return { kind: 'exists', record: there };
      kept.set(id, record);
      return { kind: 'created' };
    },
    read: async (id) => kept.get(id),
    async replace({ id, record }, asRead) {
      steps.push('replace');
      if (kept.get(id) !== asRead) return 'changed';
      kept.set(id, record);
      return 'replaced';
    },
  };
  const interacting = createInteracting({
    store: store as InteractionStore,
    customers: {
      read: async (customerId) => {
        const { customer = 'found' } = situation;
        if (customer === 'found') return { kind: 'found', customer: { customerId } as KnownCustomer };
        return customer === 'away' ? { kind: 'away', why: '' } : { kind: 'absent' };
      },
    },
    placeOf: () => ({ tier: '', city: '', accountManager: '' }),
    record: async (_, outcomes) => {
      steps.push(`record ${outcomes.map(({ outcome, requestId }) => `${outcome} ${requestId}`)}`);
      return outcomes.map(() => situation.outcome ?? { kind: 'recorded', occurredAt: NOW, events: [] });
    },
    append: async (events) => {
      steps.push(`append ${events.map(({ type }) => type)}`);
      return [situation.append ?? { kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } }];
    },
    note: async () => {
      steps.push('note');
      if (situation.isNoteLost) throw new Error('redis is away');
    },
    failed: (what) => void steps.push(`${what} failed`),
    nowMs: () => NOW,
  });
  const caller: OutcomeCaller = {
    ...{ agent: 'anna', requestKey: 'r-1', sees: () => true },
    noteAccess: async () => {
      steps.push('audit');
      if (situation.isUnaudited) throw new Error('the audit log is away');
    },
  };
  return { interacting, caller, steps, kept };
}

describe('taking an interaction in', () => {
  it('notes who did, records its items, says that he called, and keeps it', async () => {
    const { interacting, caller, steps, kept } = world();
    expect((await interacting.begin(caller, BODY, MAKING)).kind).toBe('done');
    const [id] = kept.keys();
    expect(steps).toEqual(['audit', `record accepted ${id}:1`, 'append ContactOpened', 'note', 'create']);
    // Sent again it says the same, which counts once, and finds what is kept.
    expect(await interacting.begin(caller, { ...BODY, reason: 'other' }, MAKING)).toMatchObject({
      kind: 'repeated',
      kept: { resource: { reason: 'bill' } },
    });
  });

  it.each<[Situation, string, readonly string[]]>([
    [{ customer: 'absent' }, 'unknown-customer', []],
    [{ customer: 'away' }, 'unavailable', []],
    [{ outcome: { kind: 'unknown-contact' } }, 'unknown-contact', ['audit', 'record']],
    [{ outcome: { kind: 'unavailable', message: 'away' } }, 'unavailable', ['audit', 'record']],
    [{ append: { kind: 'unavailable', message: 'away' } }, 'unavailable', ['audit', 'record', 'append']],
    [{ append: { kind: 'rejected', code: 'contract', message: 'bad' } }, 'refused', ['audit', 'record', 'append']],
  ])('stops at what fails, and keeps nothing: %j', async (situation, kind, expected) => {
    const { interacting, caller, steps, kept } = world(situation);
    expect((await interacting.begin(caller, BODY, MAKING)).kind).toBe(kind);
    expect(steps.map((step) => step.split(' ')[0])).toEqual(expected);
    expect(kept.size).toBe(0);
  });

  it('changes nothing where it cannot be noted who did', async () => {
    const { interacting, caller, steps } = world({ isUnaudited: true });
    await expect(interacting.begin(caller, BODY, MAKING)).rejects.toThrow('audit');
    expect(steps).toEqual(['audit']);
  });

  it('is taken though nobody sees the call before it is folded', async () => {
    const { interacting, caller, steps } = world({ isNoteLost: true });
    expect((await interacting.begin(caller, BODY, MAKING)).kind).toBe('done');
    expect(steps.slice(-3)).toEqual(['note', 'note failed', 'create']);
  });
});

describe('changing an interaction', () => {
  it('is refused when somebody else has changed it since it was read', async () => {
    const { interacting, caller, kept } = world();
    await interacting.begin(caller, BODY, MAKING);
    const [id = ''] = kept.keys();
    const changes = [{ status: 'completed' }, { reason: 'another' }] as const;
    const answers = await Promise.all(changes.map((change) => interacting.change(caller, id, change)));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['changed', 'done']);
  });

  it('records items only where they are sent', async () => {
    const { interacting, caller, steps, kept } = world();
    await interacting.begin(caller, BODY, MAKING);
    const [id = ''] = kept.keys();
    steps.length = 0;
    await interacting.change(caller, id, { status: 'completed' });
    expect(steps).toEqual(['audit', 'replace']);
    const items = [{ id: '2', resolution: 'do_not_contact' }];
    await interacting.change(caller, id, { interactionItem: items });
    expect(steps.slice(2)).toEqual(['audit', `record do_not_contact ${id}:2`, 'replace']);
  });
});
