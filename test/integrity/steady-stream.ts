import { setInterval as every } from 'node:timers/promises';
import { createEncoder, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, type EventProducer } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { CLIENT_ID } from './installation-view.ts';
import type { Told } from './population.ts';

/** A source that goes on whatever happens behind it; what the log does not acknowledge is sent again. */
export interface SteadyStream {
  /** Resolves when this share of the events, of [0, 1], was acknowledged. */
  reached(share: number): Promise<void>;
  /** Resolves when all were. */
  readonly done: Promise<void>;
}

const TICK_MS = 100;

export function startSteadyStream(producer: EventProducer, events: readonly Told[], perSecond: number): SteadyStream {
  let acknowledged = 0;
  const perTick = Math.max(1, Math.round((perSecond * TICK_MS) / 1_000));
  const run = async () => {
    for await (const _ of every(TICK_MS)) {
      const batch = events.slice(acknowledged, acknowledged + perTick);
      await sendAll(producer, batch);
      acknowledged += batch.length;
      if (acknowledged >= events.length) return;
    }
  };
  return {
    done: run(),
    reached: (share) =>
      eventually(
        `${Math.round(share * 100)} % of the events sent`,
        () => {
          if (acknowledged < events.length * share) throw new Error(`${acknowledged} of ${events.length} are`);
        },
        { withinMs: 90_000, everyMs: 20 },
      ),
  };
}

/** Sends until every event was acknowledged; the same event may get into the log twice on the way. */
export async function sendAll(producer: EventProducer, events: readonly Told[]): Promise<void> {
  let left = events;
  await eventually(
    'every event acknowledged',
    async () => {
      const outcomes = await producer.send(left);
      left = left.filter((_, i) => outcomes[i]?.kind !== 'accepted');
      if (left.length > 0) throw new Error(JSON.stringify(outcomes.find(({ kind }) => kind !== 'accepted')));
    },
    { withinMs: 60_000 },
  );
}

export async function openProducer(stack: { brokers: readonly string[]; registryUrl: string }): Promise<EventProducer> {
  const ids = await createSchemaRegistry({ url: stack.registryUrl }).idsOf(schemaTable());
  return createEventProducer({ brokers: stack.brokers, clientId: CLIENT_ID }, { encoder: createEncoder(ids) });
}
