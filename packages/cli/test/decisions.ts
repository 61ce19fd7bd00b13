import {
  createDecoder,
  createEncoder,
  type DecisionMade,
  type EventInput,
  type LogEvent,
  type LogEventType,
  schemaTable,
} from '@holdfast/events';

/** Schemas are known by their place in the table, as an archive of these events has them. */
export const encoder = createEncoder(Object.fromEntries(schemaTable().map(({ record }, index) => [record, index + 1])));

export const DECIDED_AT = Date.UTC(2026, 1, 3);

/** A decision between a call and a gift, as a reader of the log has it: with the defaults of what is not said. */
export function decision(contactId: string, changed: Partial<DecisionMade> = {}): DecisionMade {
  const told: EventInput<'DecisionMade'> = {
    type: 'DecisionMade',
    contactId,
    eventId: contactId,
    source: 'holdfast',
    occurredAt: DECIDED_AT,
    customerId: 'c-1',
    decidedAt: DECIDED_AT,
    trigger: 'gone_quiet',
    occasion: 'day:1',
    campaign: 'keep',
    offer: 'call',
    arm: 'treated',
    outcome: 'contact',
    policyVersion: 'sha256:0',
    candidates: [
      candidate('call', 20, ''),
      candidate('gift', 10, 'lower-value'),
      candidate('dear', -1, 'not-worth-it'),
      { ...candidate('no_action', 0, 'lower-value'), campaign: '' },
    ],
    ...changed,
  };
  return readBack(told);
}

export function acceptance(
  contactId: string,
  changed: Partial<EventInput<'OfferAccepted'>> = {},
): EventInput<'OfferAccepted'> {
  const identity = { eventId: `accepted-${contactId}`, source: 'desk', occurredAt: DECIDED_AT, customerId: 'c-1' };
  return { type: 'OfferAccepted', ...identity, contactId, offer: 'call', channel: 'call-centre', ...changed };
}

/** An offer that an agent presented as it was recommended to him, unless told otherwise. */
export function presentation(
  contactId: string,
  changed: Partial<EventInput<'OfferPresented'>> = {},
): EventInput<'OfferPresented'> {
  const identity = { eventId: `presented-${contactId}`, source: 'desk', occurredAt: DECIDED_AT, customerId: 'c-1' };
  return { type: 'OfferPresented', ...identity, contactId, ...changed };
}

function candidate(offer: string, score: number, lostBecause: string): DecisionMade['candidates'][number] {
  return { campaign: 'keep', offer, channel: 'call-centre', score, eligible: true, lostBecause };
}

/** As a reader of the log has it. */
export function readBack<T extends LogEventType>(event: EventInput<T>): Extract<LogEvent, { type: T }> {
  const decoder = createDecoder();
  for (const [index, { schema }] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(schema));
  const outcome = decoder.decode(encoder.encode(event));
  if (outcome.kind !== 'event') throw new Error(`the ${event.type} comes back as ${outcome.kind}`);
  return outcome.event as Extract<LogEvent, { type: T }>;
}
