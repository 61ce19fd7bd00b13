import { describe, expect, it } from 'vitest';
import { isWanted, messageId, type OutboundMessage, readEntry, writeMessage } from './outbound-message.ts';
import type { Subscription } from './subscription.ts';

const ALERT = {
  contactId: 'c1',
  customerId: '4711',
  decidedAt: 1_800_000_000_000,
  desk: 'retention',
  tier: 'key',
  play: 'gone_quiet',
};

function subscription(change: Partial<Subscription> = {}): Subscription {
  const fields = { id: 'sub_1', url: 'https://x.example/', filter: {}, settings: {}, description: '', secrets: [] };
  return {
    ...fields,
    kinds: ['alert'],
    format: 'standard-webhooks',
    eventTypes: [],
    createdAtMs: 0,
    createdBy: 'k',
    ...change,
  };
}

function message(change: Partial<OutboundMessage> = {}): OutboundMessage {
  const found = readEntry('alerts', JSON.stringify(ALERT));
  if (found === undefined) throw new Error('the alert was not read');
  return { ...found, ...change };
}

describe('an alert of the feed', () => {
  it('is a message with an id of its contact, and says whose work it is', () => {
    expect(message()).toEqual({
      ...{ id: messageId('alert', 'c1'), kind: 'alert', name: 'AlertRaised', timeMs: ALERT.decidedAt, data: ALERT },
      place: { desk: 'retention', team: '', tier: 'key', play: 'gone_quiet', accountManager: '' },
    });
  });

  it.each(['', 'no json', '[]', '{"contactId":"c1"}', '{"contactId":7,"decidedAt":1}'])(
    'that reads %j is none',
    (json) => {
      expect(readEntry('alerts', json)).toBeUndefined();
      expect(readEntry('events', json)).toBeUndefined();
    },
  );
});

describe('the id of a message', () => {
  it('is safe in an address and a header, and another for another kind', () => {
    expect(messageId('alert', 'a/../ b\r\n')).toMatch(/^msg_[A-Za-z0-9_-]{24}$/);
    expect(messageId('alert', 'a')).not.toBe(messageId('decision', 'a'));
    expect(messageId('alert', 'a')).toBe(messageId('alert', 'a'));
  });
});

describe('an event published for subscribers', () => {
  it('is read as it was written', () => {
    const event = message({ kind: 'interaction', hub: { api: 'TMF683', eventId: 'e1', customerId: 'c-1' } });
    expect(readEntry('events', writeMessage(event))).toEqual(event);
  });
});

describe('a subscription', () => {
  it.each<[string, Partial<Subscription>, boolean]>([
    ['of its kind', {}, true],
    ['of another kind', { kinds: ['decision'] }, false],
    ['of its desk', { filter: { desk: ['care', 'retention'] } }, true],
    ['of another desk', { filter: { desk: ['care'] } }, false],
    ['where every field holds', { filter: { desk: ['retention'], tier: ['key'], play: ['gone_quiet'] } }, true],
    ['where one field does not hold', { filter: { desk: ['retention'], tier: ['standard'] } }, false],
    ['that asks for what is not said', { filter: { accountManager: ['ann'] } }, false],
    ['of a hub', { api: 'TMF683', kinds: ['interaction'] }, false],
  ])('%s: %j → %s', (_title, change, expected) => {
    expect(isWanted(subscription(change), message())).toBe(expected);
  });

  it('at a hub hears of the events of its interface, or of those it names', () => {
    const event = message({
      kind: 'interaction',
      name: 'PartyInteractionCreateEvent',
      hub: { api: 'TMF683', eventId: 'e', customerId: 'c-1' },
    });
    const hub = (change: Partial<Subscription>) => subscription({ api: 'TMF683', kinds: ['interaction'], ...change });
    expect(isWanted(hub({}), event)).toBe(true);
    expect(isWanted(hub({ eventTypes: ['PartyInteractionCreateEvent'] }), event)).toBe(true);
    expect(isWanted(hub({ eventTypes: ['PartyInteractionDeleteEvent'] }), event)).toBe(false);
    expect(isWanted(hub({ api: 'TMF680' }), event)).toBe(false);
  });

  it('hears of an interaction once: from the log, and not from the hub as well', () => {
    const all = subscription({ kinds: ['interaction', 'recommendation'] });
    expect(isWanted(all, message({ kind: 'interaction' }))).toBe(true);
    expect(
      isWanted(all, message({ kind: 'interaction', hub: { api: 'TMF683', eventId: 'e', customerId: 'c-1' } })),
    ).toBe(false);
    expect(
      isWanted(all, message({ kind: 'recommendation', hub: { api: 'TMF680', eventId: 'e', customerId: 'c-1' } })),
    ).toBe(true);
  });
});
