import type { EventInput, EventType } from '@holdfast/events';
import type { Installation } from './installation.ts';
import { createPopulation, type Population } from './population.ts';

export interface BacklogPlan {
  readonly events: number;
  readonly customers: number;
  readonly seed: number;
  readonly isUniform: boolean;
  readonly isSettled: boolean;
}

const BATCH_EVENTS = 2_000;
/** Batches encoded while others are on their way. */
const BATCHES_AHEAD = 8;

/** What happens to the population; answers how many events are in the log and how many customers they are about. */
export async function appendHappenings(
  installation: Installation,
  plan: BacklogPlan,
): Promise<{ events: number; customers: number }> {
  const population = createPopulation({ ...plan, run: `p${plan.seed}` });
  let left = plan.events;
  const next = () => {
    const batch: EventInput<EventType>[] = [];
    while (batch.length < BATCH_EVENTS && batch.length < left) batch.push(...population.next(Date.now()));
    left -= batch.length;
    return batch;
  };
  return { events: await append(installation, next), customers: population.met };
}

/** Registration and activation of every customer. */
export async function appendArrivals(installation: Installation, plan: BacklogPlan): Promise<number> {
  const population: Population = createPopulation({ ...plan, run: `r${plan.seed}` });
  let index = 0;
  const next = () => {
    const batch: EventInput<EventType>[] = [];
    while (batch.length < BATCH_EVENTS && index < plan.customers)
      batch.push(...population.arrival(index++, Date.now()));
    return batch;
  };
  return append(installation, next);
}

async function append({ producer }: Installation, next: () => readonly EventInput<EventType>[]): Promise<number> {
  let events = 0;
  const sending: Promise<void>[] = [];
  const send = async (batch: readonly EventInput<EventType>[]) => {
    const failed = (await producer.send(batch)).find((outcome) => outcome.kind !== 'accepted');
    if (failed) throw new Error(`an event was not appended: ${JSON.stringify(failed)}`);
  };
  for (let batch = next(); batch.length > 0; batch = next()) {
    events += batch.length;
    sending.push(send(batch));
    if (sending.length >= BATCHES_AHEAD) await sending.shift();
  }
  await Promise.all(sending);
  return events;
}
