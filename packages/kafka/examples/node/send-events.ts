import { createRegisteredProducer } from '@holdfast/kafka';

/**
 * Sends two typed events; schema ids, keys, partitions and acknowledgements are the producer's business.
 *
 *     node send-events.ts BROKERS REGISTRY_URL CUSTOMER_ID
 */
const [brokers = '', registryUrl = '', customerId = ''] = process.argv.slice(2);

const producer = createRegisteredProducer({ brokers: brokers.split(','), registryUrl, clientId: 'billing' });
const identity = { source: 'node-example', customerId, occurredAt: Date.now() };
const outcomes = await producer.send([
  {
    type: 'BillIssued',
    ...identity,
    eventId: `${customerId}-issued`,
    billId: 'b-1',
    amountMinor: 3_999,
    currency: 'EUR',
    dueAt: Date.now() + 14 * 86_400_000,
  },
  { type: 'BillPaid', ...identity, eventId: `${customerId}-paid`, billId: 'b-1', amountMinor: 3_999, currency: 'EUR' },
]);
// `unavailable` and `overloaded` may be sent again under the same event id; `rejected` says what is wrong.
for (const outcome of outcomes) console.log(outcome.kind, 'message' in outcome ? outcome.message : '');
await producer.close();
