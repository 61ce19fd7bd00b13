import type { EventInput } from '@holdfast/events';

export type Told = EventInput;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SOURCE = 'billing';
const LINE = 'line-1';
/** One event in so many is sent twice. */
const REPEATED = 8;

export interface PopulationOptions {
  readonly customers: number;
  /** Of the customer ids, so that every run has customers of its own. */
  readonly prefix: string;
  /** About the time at which the events are sent, ms. */
  readonly nowMs: number;
  /** In [0, 1): mixes the customers' stories into one stream. */
  random(): number;
}

/**
 * What happens to many customers, as one stream in the order of sending: each lives one of nine stories, the six plays
 * among them; one event in eight comes twice. Events of one customer keep their order, apart from the repetitions.
 */
export function populationEvents({ customers, prefix, nowMs, random }: PopulationOptions): Told[] {
  const placed: { at: number; event: Told }[] = [];
  for (let i = 0; i < customers; i++) {
    const events = lifeOf(`${prefix}-${i}`, i, nowMs);
    const begin = random() * 0.5;
    for (const [k, event] of events.entries()) {
      const at = begin + ((k + random()) / events.length) * 0.5;
      placed.push({ at, event });
      if ((i + k) % REPEATED === 0) placed.push({ at: at + random() * 0.1, event });
    }
  }
  return placed.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

type Tell = (type: Told['type'], agoMs: number, fields: Fields) => void;
type Fields = { readonly isOwnFeed?: boolean; readonly [name: string]: unknown };

function lifeOf(customerId: string, index: number, nowMs: number): Told[] {
  const events: Told[] = [];
  const tell: Tell = (type, agoMs, fields) => {
    const eventId = `${customerId}-${events.length}`;
    const { isOwnFeed = false, ...rest } = fields;
    const source = isOwnFeed ? `switch-${index}` : SOURCE;
    events.push({ type, eventId, source, customerId, occurredAt: nowMs - agoMs, ...rest } as Told);
  };
  const story = STORIES[index % STORIES.length];
  tell('CustomerRegistered', 60 * DAY_MS, { language: index % 3 === 0 ? 'zh' : 'en', birthYear: 1980 });
  story?.(tell, nowMs);
  return events;
}

function activate(tell: Tell, nowMs: number, dataAllowanceMb: number | null): void {
  // A cycle that began some days ago: most of it is left.
  const cycleDay = Math.min(28, new Date(nowMs - 3 * DAY_MS).getUTCDate());
  const fields = { subscriptionId: LINE, product: 'MOBILE', plan: 'M', dataAllowanceMb, cycleDay };
  tell('SubscriptionActivated', 60 * DAY_MS, fields);
}

function use(tell: Tell, agoMs: number, fields: Fields = {}): void {
  tell('UsageRecorded', agoMs, { subscriptionId: LINE, kind: 'VOICE', durationSeconds: 60, ...fields });
}

/** From a feed of the customer's own, told in order: one that is ahead already would take the gaps for silences. */
const OWN_FEED = { isOwnFeed: true };

/** Two calls a day for three weeks, up to a week ago. */
function steadyPast(tell: Tell): void {
  for (let day = 28; day >= 7; day--) {
    use(tell, day * DAY_MS + 3 * 60 * MINUTE_MS, OWN_FEED);
    use(tell, day * DAY_MS, OWN_FEED);
  }
}

function suspend(tell: Tell): void {
  tell('SuspensionRequested', MINUTE_MS, { subscriptionId: LINE, requestId: 'request-1', reason: 'too expensive' });
}

/** Whether his story ends in a silence: it is answered at a moment of its own, which no two folds share. */
export function fallsSilent(index: number): boolean {
  const story = STORIES[index % STORIES.length];
  return story === goneQuiet || story === aboutToGoQuiet;
}

function goneQuiet(tell: Tell, nowMs: number): void {
  activate(tell, nowMs, null);
  tell('ChurnRiskScored', 9 * DAY_MS, { score: 0.7, model: 'm1' });
  use(tell, 8 * DAY_MS);
}

function aboutToGoQuiet(tell: Tell, nowMs: number): void {
  activate(tell, nowMs, null);
  tell('ChurnRiskScored', 9 * DAY_MS, { score: 0.7, model: 'm1' });
  // The silence is complete some seconds after the feed has come as far as these stories.
  use(tell, 7 * DAY_MS + 40_000);
}

type Story = (tell: Tell, nowMs: number) => void;

const STORIES: readonly Story[] = [
  function bundleRunningOut(tell, nowMs) {
    activate(tell, nowMs, 10_000);
    for (let i = 9; i >= 1; i--) use(tell, i * 1_000, { kind: 'DATA', durationSeconds: 0, quantityMb: 950 });
  },
  function usageHalved(tell, nowMs) {
    activate(tell, nowMs, 10_000);
    steadyPast(tell);
    use(tell, MINUTE_MS, OWN_FEED);
  },
  goneQuiet,
  aboutToGoQuiet,
  function suspensionRequested(tell, nowMs) {
    activate(tell, nowMs, 10_000);
    use(tell, 2 * DAY_MS);
    suspend(tell);
  },
  function failedCalls(tell, nowMs) {
    activate(tell, nowMs, 10_000);
    for (let i = 6; i >= 1; i--) use(tell, i * 1_000, { durationSeconds: 0, failed: true });
  },
  function homeBroadband(tell, nowMs) {
    activate(tell, nowMs, null);
    for (let day = 9; day >= 0; day--) {
      const fields = { kind: 'DATA', durationSeconds: 0, quantityMb: 2_500, localHour: 21 };
      use(tell, day * DAY_MS + 1_000, { ...fields, ...OWN_FEED });
    }
  },
  function complainsAndAsksForSuspension(tell, nowMs) {
    activate(tell, nowMs, 10_000);
    tell('ContactOpened', 30 * MINUTE_MS, { interactionId: 'call-1', channel: 'call-centre' });
    tell('ComplaintFiled', 20 * MINUTE_MS, { complaintId: 'complaint-1', topic: 'bill' });
    suspend(tell);
  },
  function refusesMarketing(tell, nowMs) {
    tell('ConsentChanged', 30 * DAY_MS, { channel: '*', purpose: 'MARKETING', granted: false });
    activate(tell, nowMs, 10_000);
    for (let i = 12; i >= 1; i--) use(tell, i * 60 * MINUTE_MS);
    suspend(tell);
  },
];
