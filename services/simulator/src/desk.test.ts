import type { DecisionMade, LogEvent } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { createDesk } from './desk.ts';
import { DEFAULT_TRUTH, type GroundTruth } from './ground-truth.ts';

const ALWAYS: GroundTruth = { ...DEFAULT_TRUTH, acceptance: () => 1 };
const NEVER: GroundTruth = { ...DEFAULT_TRUTH, acceptance: () => 0 };
const NOW = Date.UTC(2026, 1, 2, 10);

function decision(contactId: string, fields: Partial<DecisionMade> = {}): LogEvent {
  const about = { customerId: 'gen-1', offer: 'save_plan', campaign: 'save_desk', arm: 'treated', segment: 'other' };
  const more = { channel: 'call-centre', category: 'retention', outcome: 'contact', sendAt: NOW, ...fields };
  return { type: 'DecisionMade', contactId, ...about, ...more } as LogEvent;
}

function report(contactId: string, status = 'DELIVERED', customerId = 'gen-1'): LogEvent {
  return { type: 'DeliveryReported', contactId, status, customerId } as LogEvent;
}

function deskWith(truth: GroundTruth, seed = 1) {
  return createDesk({ truth, seed, feed: 'desk', isOurs: (id) => id.startsWith('gen-') });
}

describe('a desk', () => {
  it.each([
    ['the decision first', [decision('c'), report('c')]],
    ['the report first', [report('c'), decision('c')]],
    ['all of it twice', [decision('c'), decision('c'), report('c'), report('c'), decision('c')]],
  ])('presents a contact that reached it once, told %s', (_, events) => {
    const desk = deskWith(ALWAYS);
    const told = events.flatMap((event) => desk.take(event));
    expect(told.map(({ what }) => what)).toEqual(['OfferPresented', 'OfferAccepted', 'OfferFulfilled']);
    const [presented, accepted] = told.map(({ afterMs }) => afterMs);
    expect(presented).toBeLessThan(accepted ?? 0);
    expect(told[1]?.eventAt(NOW)).toMatchObject({
      ...{ type: 'OfferAccepted', eventId: 'OfferAccepted-c', source: 'desk', occurredAt: NOW, sendAt: NOW },
      ...{ customerId: 'gen-1', contactId: 'c', offer: 'save_plan', campaign: 'save_desk', arm: 'treated' },
    });
    expect(desk.tally()).toEqual({ 'save_plan|other': { OfferPresented: 1, OfferAccepted: 1, OfferFulfilled: 1 } });
  });

  it.each([
    ['did not reach it', [decision('c'), report('c', 'FAILED')]],
    ['is a ghost', [decision('c', { outcome: 'control', arm: 'control' }), report('c')]],
    ["is somebody else's", [decision('c', { customerId: 'cns-1' }), report('c', 'DELIVERED', 'cns-1')]],
  ])('says nothing of a contact that %s', (_, events) => {
    const desk = deskWith(ALWAYS);
    expect(events.flatMap((event) => desk.take(event))).toEqual([]);
  });

  it('answers as often as the truth has it, offer by offer and segment by segment', () => {
    const desk = deskWith(DEFAULT_TRUTH);
    const n = 4_000;
    for (const [offer, segment] of [
      ['save_plan', 'other'],
      ['bigger_plan', 'young'],
      ['unheard-of', ''],
    ] as const) {
      for (let i = 0; i < n; i++) {
        const contactId = `${offer}-${i}`;
        desk.take(decision(contactId, { offer, segment }));
        desk.take(report(contactId));
      }
      const { OfferAccepted = 0, OfferPresented } = desk.tally()[`${offer}|${segment}`] ?? {};
      expect(OfferPresented).toBe(n);
      // Four standard deviations at the most.
      expect(Math.abs(OfferAccepted / n - DEFAULT_TRUTH.acceptance(offer, segment))).toBeLessThan(
        4 * Math.sqrt(0.25 / n),
      );
    }
  });

  it('gives the same contact the same answer again, and other answers with another seed', () => {
    const answers = (seed: number) => {
      const desk = deskWith(NEVER, seed);
      return Array.from({ length: 50 }, (_, i) => {
        desk.take(decision(`c-${i}`));
        return desk.take(report(`c-${i}`)).map(({ eventAt, afterMs }) => [afterMs, eventAt(NOW)]);
      });
    };
    expect(answers(1)).toEqual(answers(1));
    expect(answers(1)).not.toEqual(answers(2));
    const said = new Set(
      answers(1)
        .flat()
        .map(([, event]) => (event as { type: string }).type),
    );
    expect(said).toEqual(new Set(['OfferPresented', 'OfferRejected', 'OfferDeferred']));
  });
});
