import type { DecisionMade, Event } from '@holdfast/events';
import { customerView } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { createCustomerWorld, DAY_MS, HOUR_MS, START } from '../../telecom/test/customer-world.ts';
import { about, someoneIn, steppedPack } from '../../telecom/test/stepped-pack.ts';
import { customerRules } from './customer-rules.ts';
import { createRehearsal, type RehearsalOptions } from './rehearsal.ts';
import { createToldEvents } from './told-events.ts';

const POLICY = steppedPack();
const CUSTOMER = someoneIn(POLICY);
const teller = createCustomerWorld(POLICY, CUSTOMER);

const WHO = { language: 'en', timeZone: 'Asia/Shanghai', tier: 'key', birthYear: null, birthDate: null, city: '' };
const BEGINNING: readonly Event[] = [
  teller.event('CustomerRegistered', START - DAY_MS, WHO),
  teller.event('SuspensionRequested', START, {
    ...{ subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null },
  }),
];

type Answer = (decision: DecisionMade) => readonly Event[];

/** Lives a customer hour by hour until a day, answering each decision as the story says an hour after it was sent. */
async function livedThrough(answer: Answer, options: Partial<RehearsalOptions> = {}) {
  const told = createToldEvents(1);
  const rules = customerRules({ policy: POLICY, decodeRecord: told.decodeRecord });
  const rehearsal = createRehearsal(rules, { partitions: 1, ...options });
  const decisions: DecisionMade[] = [];
  let pending: Event[] = [...BEGINNING];
  for (let nowMs = START; nowMs < START + 20 * DAY_MS; nowMs += HOUR_MS) {
    const due = pending.filter(({ occurredAt }) => occurredAt <= nowMs);
    pending = pending.filter((event) => !due.includes(event));
    const folded = await rehearsal.fold(due.map((event) => told.record(event, nowMs)));
    const fired = await rehearsal.fireUntil(nowMs + HOUR_MS - 1);
    for (const happening of [...folded, ...fired]) {
      if (happening.kind !== 'decision') continue;
      decisions.push(happening.decision);
      pending.push(...answer(happening.decision));
    }
  }
  const bytes = rehearsal.state(CUSTOMER) ?? Buffer.alloc(0);
  return { decisions, view: customerView(CUSTOMER, bytes, POLICY, START + 20 * DAY_MS) };
}

const after = ({ sendAt }: DecisionMade) => (sendAt ?? 0) + HOUR_MS;

function reported(decision: DecisionMade, status: 'DELIVERED' | 'FAILED'): Event {
  const fields = { ...about(decision), status, detail: '', providerRef: '', attempt: 1 };
  return teller.event('DeliveryReported', after(decision), fields);
}

const said = ({ step, outcome, channel, sendAt }: DecisionMade) =>
  `${step} ${outcome} ${channel} day ${Math.floor(((sendAt ?? 0) - START) / DAY_MS)}`;

describe('a campaign with steps, rehearsed', () => {
  it('goes through messages, a fallback, the desk and a reminder until the customer accepts', async () => {
    const { decisions, view } = await livedThrough((decision) => {
      if (decision.step === 'first') return [reported(decision, 'FAILED')];
      if (decision.step === 'step-2') {
        const until = after(decision) + 4 * DAY_MS;
        return [teller.event('OfferDeferred', after(decision), { ...about(decision), until, agent: '' })];
      }
      if (decision.step !== 'step-2+2') return [reported(decision, 'DELIVERED')];
      return [teller.event('OfferAccepted', after(decision), { ...about(decision), agent: 'a-1' })];
    });
    expect(decisions.map(said)).toEqual([
      'first contact sms day 0',
      'step-1~2 contact email day 0',
      'step-2 contact call-centre day 3',
      'step-2+2 contact call-centre day 7',
    ]);
    expect(view.plans).toMatchObject([{ campaign: 'save_desk', endReason: 'accepted', stepIndex: 1, attempt: 2 }]);
    expect(view.contacts.map(({ status }) => status)).toEqual(['released', 'confirmed', 'confirmed', 'confirmed']);
    expect(view.enrolments[0]).toMatchObject({ campaign: 'save_desk', contactCount: 4 });
  });

  it.each([1, 3])('is the same in batches of %d records, and as often as its records are told', async (batchSize) => {
    const twice: Answer = (decision) => [reported(decision, 'DELIVERED'), reported(decision, 'DELIVERED')];
    const once: Answer = (decision) => [reported(decision, 'DELIVERED')];
    const told = await livedThrough(twice, { batchSize });
    const expected = await livedThrough(once);
    expect(told.decisions.map(said)).toEqual([
      'first contact sms day 0',
      'step-2 contact call-centre day 3',
      'step-3 contact sms day 5',
    ]);
    expect(told.decisions).toEqual(expected.decisions);
    expect(told.view.plans).toEqual(expected.view.plans);
  });
});
