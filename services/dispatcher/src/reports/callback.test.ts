import { anything, assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelPlan } from '../channels/channel-plan.ts';
import { reportsIn } from './callback.ts';

function planOf(callbacks: object) {
  const plan = channelPlan.parse({
    ...{ adapter: 'webhook', url: 'https://example.org', secrets: [{ env: 'A' }] },
    callbacks: { bearer: { env: 'B' }, ...callbacks },
  });
  if (plan.adapter !== 'webhook' || plan.callbacks === undefined) throw new Error('no callbacks');
  return plan.callbacks;
}

const OWN = planOf({});
const PROVIDER = planOf({
  ...{ reference: 'message.id', status: 'message.state', detail: 'message.error' },
  words: { delivered: ['DELIVRD'], failed: ['UNDELIV'] },
});

describe('the body of a callback', () => {
  it('is one report, or a list of them', () => {
    const report = { contactId: 'c1', status: 'failed', detail: 'absent' };
    const read = { channel: 'sms', contactId: 'c1', reference: undefined, status: 'FAILED', detail: 'absent' };
    expect(reportsIn(report, OWN, 'sms')).toEqual([read]);
    expect(reportsIn([report, report], OWN, 'sms')).toEqual([read, read]);
  });

  it('is read by the paths and words of the provider', () => {
    expect(reportsIn({ message: { id: 77, state: 'DELIVRD', error: 'none' } }, PROVIDER, 'sms')).toEqual([
      { channel: 'sms', contactId: undefined, reference: '77', status: 'DELIVERED', detail: '' },
    ]);
  });

  it('with a word that means nothing to us is taken without a report', () => {
    expect(reportsIn({ contactId: 'c1', status: 'queued' }, OWN, 'sms')).toEqual([]);
  });

  it.each([
    [undefined],
    ['text'],
    [{}],
    [{ status: 'delivered' }],
    [{ contactId: 'a:b', status: 'delivered' }],
    [[{ contactId: 'c1', status: 'delivered' }, null]],
    [[[{ contactId: 'c1', status: 'delivered' }]]],
  ])('%j is none', (body) => {
    expect(reportsIn(body, OWN, 'sms')).toBeUndefined();
  });

  it('may be anything at all', () => {
    assert(property(anything(), (body) => void reportsIn(body, PROVIDER, 'sms')));
  });
});
