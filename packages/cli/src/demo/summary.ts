import type { ReceivedAlert } from './alert-listener.ts';
import { type CampaignFunnel, describeFunnels } from './campaign-funnels.ts';
import { type PlayFigures, playFigures, suppressedBy, totalOf } from './figures.ts';
import { latencyOf } from './progress.ts';
import type { Reading } from './reading.ts';
import type { DeskSummary, ReplaySummary } from './replay-process.ts';

/** What a run came to. Counts are the installation's own, read from Redis and Kafka before and after. */
export interface DemoSummary {
  readonly source: string;
  /** Folded by the worker, heartbeats and delivery reports not among them. */
  readonly events: number;
  readonly customers: number;
  readonly decisions: number;
  /** Decisions by play, with or without an offer. */
  readonly byPlay: Readonly<Record<string, number>>;
  /** Decisions without an offer, by reason. */
  readonly suppressed: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  /** From the first event sent until the last one was folded. */
  readonly eventsPerSecond: number;
  /** From the append of the triggering record to the alert's arrival; null without alerts. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly offers: number;
  readonly offersByPlay: Readonly<Record<string, number>>;
  /** Alerts that arrived on the feed. */
  readonly alerts: number;
  /** From the start of the command, ms; null without an alert. */
  readonly firstOfferMs: number | null;
  readonly seconds: number;
  /** Whose profile is worth a look; null without an offer. */
  readonly exampleCustomerId: string | null;
  /** Campaigns in which something moved, and everything proactive together. */
  readonly campaigns: readonly CampaignFunnel[];
  /** What customers said, as the simulator's ground truth has it: the funnels count what was said of it. */
  readonly desk: DeskSummary;
  readonly notes: readonly string[];
}

export interface RunResult {
  /** What the run changed. */
  readonly so: Reading;
  readonly replay: ReplaySummary;
  readonly alerts: readonly ReceivedAlert[];
  readonly isSilence: (play: string) => boolean;
  readonly commandBeganMs: number;
  /** From the first event sent until the last one was folded, ms. */
  readonly drainedAfterMs: number;
  readonly endedMs: number;
  readonly desk: DeskSummary;
  readonly campaigns: readonly CampaignFunnel[];
}

export function summarise(result: RunResult): DemoSummary {
  const { so, replay, alerts, drainedAfterMs, commandBeganMs } = result;
  const plays = playFigures(so.decisions);
  const [first] = alerts;
  const events = so.folded - replay.heartbeats;
  return {
    source: replay.source,
    events,
    customers: so.customers,
    decisions: totalOf(so.decisions),
    byPlay: Object.fromEntries(plays.map(({ play, offers, withheld }) => [play, offers + totalOf(withheld)])),
    suppressed: suppressedBy(plays),
    deadLetters: so.deadLetters,
    eventsPerSecond: drainedAfterMs > 0 ? Math.round((events * 1_000) / drainedAfterMs) : 0,
    ...latencyOf(alerts, result.isSilence),
    offers: plays.reduce((sum, { offers }) => sum + offers, 0),
    offersByPlay: Object.fromEntries(
      plays.filter(({ offers }) => offers > 0).map(({ play, offers }) => [play, offers]),
    ),
    alerts: alerts.length,
    firstOfferMs: first ? first.receivedAt - commandBeganMs : null,
    seconds: Math.round((result.endedMs - commandBeganMs) / 100) / 10,
    exampleCustomerId: alerts.at(-1)?.customerId ?? null,
    campaigns: result.campaigns,
    desk: result.desk,
    notes: [...replay.notes, ...badRowNote(replay), ...gapNote(plays)],
  };
}

function badRowNote({ badRows }: ReplaySummary): readonly string[] {
  return badRows.count === 0 ? [] : [`${badRows.count} rows of the data could not be used; see demo-simulator.log`];
}

/** Weeks pass in seconds here, but a customer's peace is measured by the clock on the wall. */
function gapNote(plays: readonly PlayFigures[]): readonly string[] {
  if (suppressedBy(plays)['minimum-gap'] === undefined) return [];
  return [
    'minimum-gap: the contact policy counts real time, so a second reason within the hour of a fast replay is held back',
  ];
}

/** For people. */
export function describeSummary(summary: DemoSummary): string {
  const { byPlay, suppressed, offersByPlay, exampleCustomerId } = summary;
  const plays = Object.entries(byPlay).map(
    ([play, decisions]) =>
      `  ${play.padEnd(22)} ${String(offersByPlay[play] ?? 0).padStart(5)} offers of ${decisions} decisions`,
  );
  const reasons = Object.entries(suppressed).map(([why, count]) => `${why} ${count}`);
  return [
    `${summary.events} events of ${summary.customers} customers (${summary.source}), ${summary.eventsPerSecond}/s`,
    ...plays,
    `  no offer: ${reasons.join(', ') || 'none'}; dead letters: ${summary.deadLetters}`,
    `  from the triggering record to the agent's screen: p50 ${ms(summary.p50Ms)}, p99 ${ms(summary.p99Ms)}`,
    `  first offer ${ms(summary.firstOfferMs)} after the start; ${summary.seconds} s in all`,
    ...summary.notes.map((note) => `  note: ${note}`),
    '',
    ...describeFunnels(summary.campaigns),
    '',
    exampleCustomerId === null ? '' : `One customer:   npx holdfast customer show ${exampleCustomerId}`,
    ...summary.campaigns.slice(0, 1).map(({ campaign }) => `One campaign:   npx holdfast campaign report ${campaign}`),
    'Stop the stack: npx holdfast down   (it still runs; services log to .holdfast/logs)',
    '',
  ].join('\n');
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value} ms`;
}
