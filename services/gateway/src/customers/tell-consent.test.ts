import { describe, expect, it } from 'vitest';
import type { AppendOutcome } from '../events/event-intake.ts';
import { createConsentTeller } from './tell-consent.ts';

const PLACE = { topic: 'telecom.customer.v1', partition: 0, offset: 1 };

const event = (granted: boolean) =>
  ({
    ...({ type: 'ConsentChanged' } as const),
    ...{ eventId: 'e', source: 'gateway', occurredAt: 1, customerId: 'c1' },
    ...{ channel: 'sms', purpose: 'MARKETING' as const, granted },
  }) as const;

function teller(options: { isHoldAway?: boolean; outcome?: AppendOutcome } = {}) {
  const steps: string[] = [];
  const tell = createConsentTeller({
    hold: async ({ granted }) => {
      if (options.isHoldAway) throw new Error('redis is away');
      steps.push(granted ? 'lifted' : 'held');
    },
    append: async (events) => {
      steps.push('appended');
      return events.map(() => options.outcome ?? { kind: 'accepted', place: PLACE });
    },
    note: async () => void steps.push('noted'),
    failed: () => void steps.push('failed'),
  });
  return { tell, steps };
}

describe('a consent told by the desk', () => {
  it('that is withdrawn is held before it is in the log', async () => {
    const { tell, steps } = teller();
    expect(await tell(event(false))).toEqual({ kind: 'accepted', place: PLACE });
    expect(steps).toEqual(['held', 'appended', 'noted']);
  });

  it('that is granted lifts the hold only once it is in the log', async () => {
    const { tell, steps } = teller();
    expect(await tell(event(true))).toEqual({ kind: 'accepted', place: PLACE });
    expect(steps).toEqual(['appended', 'noted', 'lifted']);
    const away = teller({ outcome: { kind: 'unavailable', message: 'away' } });
    expect(await away.tell(event(true))).toMatchObject({ kind: 'unavailable' });
    expect(away.steps).toEqual(['appended']);
  });

  it('that is withdrawn is appended without its hold, and not called taken', async () => {
    const { tell, steps } = teller({ isHoldAway: true });
    expect(await tell(event(false))).toMatchObject({ kind: 'unavailable' });
    expect(steps).toEqual(['failed', 'appended', 'noted']);
    expect(await teller({ isHoldAway: true }).tell(event(true))).toEqual({ kind: 'accepted', place: PLACE });
  });
});
