import type { ContactWorker } from '@holdfast/queue';
import { type BreakerState, createWebhookSigner } from '@holdfast/webhook';
import type { Channel } from '../ports.ts';
import type { CallbackRoute } from '../reports/callback-server.ts';
import type { ReadChannels } from './channel-file.ts';
import type { ChannelPlan } from './channel-plan.ts';

export interface LiveChannelsDeps {
  open(name: string, plan: ChannelPlan, secret: ReadChannels['secret']): Channel;
  /** Starts taking jobs of a channel. */
  work(channel: Channel, plan: ChannelPlan): ContactWorker;
}

/** The channels that are served now. */
export interface LiveChannels {
  /**
   * Brings what is served to what was read: channels that stay as they are go on undisturbed, a changed one finishes
   * its contacts at work and begins anew. Throws, with nothing changed, when a channel cannot be opened. `prepare` runs
   * once all are open and before any of them takes a contact.
   */
  use(read: ReadChannels, prepare?: () => Promise<void>): Promise<void>;
  route(channel: string): CallbackRoute | undefined;
  breakers(): readonly (readonly [channel: string, state: BreakerState])[];
  ready(): Promise<void>;
  isRunning(): boolean;
  close(): Promise<void>;
}

interface Served {
  readonly fingerprint: string;
  readonly plan: ChannelPlan;
  readonly channel: Channel;
  readonly route: CallbackRoute | undefined;
  worker?: ContactWorker;
}

export function createLiveChannels(deps: LiveChannelsDeps): LiveChannels {
  const served = new Map<string, Served>();

  const opened = ([name, plan]: [string, ChannelPlan], read: ReadChannels): Served => ({
    fingerprint: read.fingerprintOf(plan),
    plan,
    route: routeOf(plan, read.secret),
    channel: deps.open(name, plan, read.secret),
  });
  const replace = async (name: string, next: Served | undefined) => {
    const previous = served.get(name);
    served.delete(name);
    await stop(previous);
    if (next === undefined) return;
    next.worker = deps.work(next.channel, next.plan);
    served.set(name, next);
  };

  return {
    async use(read, prepare) {
      const changed = Object.entries(read.channels).filter(
        ([name, plan]) => served.get(name)?.fingerprint !== read.fingerprintOf(plan),
      );
      const next = await openAll(changed, (entry) => opened(entry, read));
      await prepare?.();
      const gone = [...served.keys()].filter((name) => !Object.hasOwn(read.channels, name));
      await Promise.all([
        ...gone.map((name) => replace(name, undefined)),
        ...next.map((one) => replace(one.channel.name, one)),
      ]);
    },
    route: (channel) => served.get(channel)?.route,
    breakers: () =>
      [...served].flatMap(([name, { channel }]) => (channel.breaker ? [[name, channel.breaker.state()] as const] : [])),
    async ready() {
      await Promise.all([...served.values()].map(({ worker }) => worker?.ready()));
    },
    isRunning: () => [...served.values()].every(({ worker }) => worker?.isRunning() ?? false),
    async close() {
      await Promise.all([...served.keys()].map((name) => replace(name, undefined)));
    },
  };
}

/** All of them or none: what was opened before one that fails is closed again. */
async function openAll<T>(entries: readonly T[], open: (entry: T) => Served): Promise<readonly Served[]> {
  const opened: Served[] = [];
  try {
    for (const entry of entries) opened.push(open(entry));
    return opened;
  } catch (error) {
    await Promise.all(opened.map(stop));
    throw error;
  }
}

/** First the jobs at work, then the connections they use. */
async function stop(one: Served | undefined): Promise<void> {
  await one?.worker?.close();
  await one?.channel.close?.();
}

function routeOf(plan: ChannelPlan, secret: ReadChannels['secret']): CallbackRoute | undefined {
  const callbacks = 'callbacks' in plan ? plan.callbacks : undefined;
  if (callbacks === undefined) return undefined;
  if (callbacks.bearer !== undefined) return { plan: callbacks, token: secret(callbacks.bearer) };
  return { plan: callbacks, signer: createWebhookSigner((callbacks.signature ?? []).map(secret)) };
}
