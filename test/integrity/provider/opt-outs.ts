import { setInterval as every } from 'node:timers/promises';
import { cloudEventType } from '@holdfast/events';
import type { EventProducer } from '@holdfast/kafka';
import type { Chance } from '../chance.ts';
import { sendAll } from '../steady-stream.ts';
import { CROWD, type Traffic } from '../traffic.ts';

/** A withdrawal that the gateway answered for. */
export interface HeldOptOut {
  readonly customerId: string;
  /** When the gateway had answered, ms: from then on the dispatcher holds back, folded or not. */
  readonly acceptedMs: number;
}

export interface OptOuts {
  readonly held: readonly HeldOptOut[];
  stop(): Promise<void>;
}

export interface OptOutOptions {
  readonly gatewayUrl: string;
  readonly producerKey: string;
  readonly producer: EventProducer;
  readonly traffic: Traffic;
  /** Of customer ids, as the traffic has it. */
  readonly prefix: string;
  readonly chance: Chance;
}

const EVERY_MS = 250;
/** Withdrawals come from customers of the last crowds: their contacts are on their way. */
const CROWDS_BACK = 4;

/** Customers who were told about lately withdraw their consent, by the gateway and by the log in turn. */
export function startOptOuts(options: OptOutOptions): OptOuts {
  const { traffic, prefix, chance } = options;
  const held: HeldOptOut[] = [];
  let isEnough = false;
  const run = async () => {
    let count = 0;
    for await (const _ of every(EVERY_MS)) {
      if (isEnough) return;
      const crowds = traffic.customers / CROWD;
      if (crowds === 0) continue;
      const crowd = chance.between(Math.max(0, crowds - CROWDS_BACK), crowds - 1);
      const customerId = `${prefix}-${crowd}-${chance.between(0, CROWD - 1)}`;
      count += 1;
      const event = withdrawal(customerId, count);
      if (count % 2 === 0) await sendAll(options.producer, [event]);
      else if (await tellGateway(event, options)) held.push({ customerId, acceptedMs: Date.now() });
    }
  };
  const over = run();
  over.catch(() => undefined);
  return {
    held,
    async stop() {
      isEnough = true;
      await over;
    },
  };
}

function withdrawal(customerId: string, count: number) {
  const identity = { eventId: `opt-out-${count}`, source: 'opt-outs', customerId, occurredAt: Date.now() };
  return { type: 'ConsentChanged' as const, ...identity, channel: '*', purpose: 'MARKETING' as const, granted: false };
}

type Withdrawal = ReturnType<typeof withdrawal>;

/** Whether it was accepted; a gateway whose Redis is away refuses, and the customer would come again. */
async function tellGateway(
  { type, eventId, source, customerId, occurredAt, ...data }: Withdrawal,
  { gatewayUrl, producerKey }: OptOutOptions,
): Promise<boolean> {
  const event = {
    ...{ specversion: '1.0', id: eventId, source, type: cloudEventType(type), subject: customerId },
    ...{ time: new Date(occurredAt).toISOString(), data },
  };
  const headers = { authorization: `Bearer ${producerKey}`, 'content-type': 'application/cloudevents+json' };
  const response = await fetch(`${gatewayUrl}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  await response.arrayBuffer();
  return response.status === 202;
}
