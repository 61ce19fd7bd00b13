import { randomBytes } from 'node:crypto';
import type { OutboundStreams } from '@holdfast/redis';
import type { Audience } from './audience.ts';
import type { HubEvents } from './hub-events.ts';
import { KIND_OF_HUB, messageId, writeMessage } from './outbound-message.ts';
import { type ReceiverUrlRules, receiverUrlProblem } from './receiver-url.ts';
import type { SubscriptionRegister } from './subscription-register.ts';

export interface HubDeps {
  readonly register: Pick<SubscriptionRegister, 'add' | 'read' | 'remove'>;
  readonly streams: Pick<OutboundStreams, 'publish'>;
  readonly audience: Audience;
  readonly urlRules: ReceiverUrlRules;
  now(): number;
}

const NOWHERE = { desk: '', team: '', tier: '', play: '', accountManager: '' };
const MAX_EVENT_TYPES = 20;

/** Listeners of TM Forum interfaces: subscriptions like the others, told of the events of their interface. */
export function createHubEvents({ register, streams, audience, urlRules, now }: HubDeps): HubEvents {
  return {
    async subscribe(api, { callback, query }) {
      const problem = await receiverUrlProblem(callback, urlRules);
      if (problem !== undefined) return { kind: 'refused', reason: `callback ${problem}` };
      const eventTypes = eventTypesIn(query);
      if (eventTypes === undefined) {
        return { kind: 'refused', reason: 'query may say eventType=A,B and nothing else' };
      }
      const id = newSubscriptionId();
      const created = await register.add({
        ...{ id, url: callback, kinds: [KIND_OF_HUB[api]], filter: {}, format: 'tmf', api, eventTypes, settings: {} },
        ...{ description: '', secrets: [], createdAtMs: now(), createdBy: 'hub' },
      });
      return created === 'full' ? { kind: 'full' } : { kind: 'subscribed', id };
    },
    async unsubscribe(api, id) {
      const found = await register.read(id);
      return found?.api === api && register.remove(id);
    },
    async publish(api, make) {
      if (!(await audience.hears(api))) return;
      const { eventId, eventTime, eventType, event, customerId } = make();
      const timeMs = Date.parse(eventTime);
      const message = {
        id: messageId(api, eventId),
        kind: KIND_OF_HUB[api],
        name: eventType,
        timeMs: Number.isNaN(timeMs) ? now() : timeMs,
        hub: { api, eventId, customerId },
        place: NOWHERE,
        data: event,
      };
      await streams.publish([writeMessage(message)]);
    },
  };
}

export function newSubscriptionId(): string {
  return `sub_${randomBytes(12).toString('hex')}`;
}

/** Undefined for a query that asks for what is not offered: then its listener would wait for events that never come. */
function eventTypesIn(query: string): string[] | undefined {
  if (query === '') return [];
  const fields = [...new URLSearchParams(query.replace(/^\?/, ''))];
  if (fields.some(([name]) => name !== 'eventType')) return undefined;
  const types = fields.flatMap(([, value]) => value.split(',')).filter((type) => type !== '');
  return types.every((type) => /^[A-Za-z]{1,100}$/.test(type)) && types.length <= MAX_EVENT_TYPES ? types : undefined;
}
