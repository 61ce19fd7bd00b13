import type { EventProducer } from '@holdfast/kafka';
import type { Chance } from './chance.ts';
import { populationEvents, type Told } from './population.ts';
import { startSteadyStream } from './steady-stream.ts';

/** Customers who live their stories, one crowd after the other, at a steady rate, until it is enough. */
export interface Traffic {
  readonly sent: number;
  readonly customers: number;
  /** Ends at the end of the crowd that is on; resolves when its last event was acknowledged. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  readonly perSecond: number;
  /** Of customer ids. */
  readonly prefix: string;
  readonly chance: Chance;
  /** What else is said of a customer in an event. */
  readonly more?: (event: Told) => Told;
}

/** About four seconds' worth each at a hundred events a second. */
export const CROWD = 24;

export function startTraffic(producer: EventProducer, { perSecond, prefix, chance, more }: TrafficOptions): Traffic {
  let sent = 0;
  let crowds = 0;
  let isEnough = false;
  const run = async () => {
    while (!isEnough) {
      const events = populationEvents({
        customers: CROWD,
        prefix: `${prefix}-${crowds}`,
        nowMs: Date.now(),
        random: chance.next,
      });
      crowds += 1;
      await startSteadyStream(producer, more ? events.map(more) : events, perSecond).done;
      sent += events.length;
    }
  };
  const over = run();
  over.catch(() => undefined);
  return {
    get sent() {
      return sent;
    },
    get customers() {
      return crowds * CROWD;
    },
    async stop() {
      isEnough = true;
      await over;
    },
  };
}
