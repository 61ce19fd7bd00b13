import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@holdfast/testkit/stack';
import type { Chance } from '../chance.ts';
import { type Fault, SERVER_FAULTS } from '../nemesis.ts';
import type { Supervised } from '../supervised.ts';
import type { TcpProxy } from '../tcp-proxy.ts';

/** What the nemesis of deliveries may lay hands on. */
export interface DeliveryField {
  readonly stack: Stack;
  readonly dispatchers: readonly Supervised[];
  /** Between the services and Redis, all there are. */
  readonly wires: readonly TcpProxy[];
}

/** A job that was not renewed for so long, and found so by the next look, is handed to another dispatcher, ms. */
const LOST_AFTER_MS = 30_000 + 15_000;

const stopAndWake = async ({ dispatchers }: DeliveryField, chance: Chance, forMs: number) => {
  const process = await chance.of(dispatchers).running();
  process.signal('SIGSTOP');
  await pause(forMs);
  process.signal('SIGCONT');
};

/** What befalls the dispatchers. */
export const DISPATCHER_FAULTS: readonly Fault<DeliveryField>[] = [
  {
    name: 'dispatcher killed',
    async strike({ dispatchers }, chance) {
      const victim = chance.of(dispatchers);
      const process = await victim.running();
      process.signal('SIGKILL');
      await process.ended;
      await victim.running();
    },
  },
  {
    name: 'dispatcher stopped with contacts in hand, then woken',
    strike: (field, chance) => stopAndWake(field, chance, chance.between(3_000, 8_000)),
  },
  {
    name: 'dispatcher stopped until its contacts are with another, then woken (zombie)',
    strike: (field, chance) => stopAndWake(field, chance, LOST_AFTER_MS + chance.between(0, 3_000)),
  },
  {
    name: 'rolling restart of both dispatchers',
    async strike({ dispatchers }) {
      for (const dispatcher of dispatchers) {
        const process = await dispatcher.running();
        process.signal('SIGTERM');
        await process.ended;
        await dispatcher.running();
      }
    },
  },
];

/**
 * What befalls their Redis. Not killed: one before 7.2 whose disk is busy loses up to two seconds of what it acknowledged,
 * the marks that keep a contact from being sent twice among it.
 */
export const QUEUE_FAULTS: readonly Fault<DeliveryField>[] = SERVER_FAULTS.filter(
  ({ name }) => name !== 'broker restarted' && name !== 'Redis killed and started',
);
