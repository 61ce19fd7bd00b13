import { describe, expect, it } from 'vitest';
import type { ReceivedAlert } from './alert-listener.ts';
import type { CampaignFunnel } from './campaign-funnels.ts';
import { playFigures, quantile, suppressedBy } from './figures.ts';
import { createProgressTracker, latencyOf } from './progress.ts';
import { between, type Reading } from './reading.ts';
import { createPainter, progressLine, screenLines } from './screen.ts';
import { describeSummary, summarise } from './summary.ts';

const reading = (atMs: number, folded: number, decisions: Record<string, number> = {}): Reading => ({
  atMs,
  folded,
  lag: 4,
  customers: folded / 10,
  decisions,
  deadLetters: 1,
});

const alert = (play: string, decidedAt: number, receivedAt: number): ReceivedAlert => ({
  contactId: `c-${play}`,
  customerId: 'cns-1-r1',
  play,
  title: 'Care call',
  reason: 'No call for 7 days.',
  script: '',
  language: 'en',
  campaign: 'x',
  offer: 'y',
  category: 'retention',
  channel: 'call-centre',
  priority: 1,
  decidedAt,
  sendBy: null,
  validUntil: null,
  workDueAt: null,
  evidence: [],
  policyVersion: 'v',
  desk: '',
  team: '',
  accountManager: '',
  tier: '',
  receivedAt,
});

const FUNNEL: CampaignFunnel = {
  ...{ campaign: 'quiet_customers', enrolled: { treated: 3, control: 0, holdout: 1 } },
  ...{ contacts: 3, delivered: 3, presented: 3, accepted: 1, rejected: 1, deferred: 1 },
  ...{ costMinor: 3_600, currency: 'CNY', goal: 'retained_60d', because: 'nobody is there yet' },
  verdict: 'undecided',
};
const CELLS = { 'gone_quiet|contact|': 3, 'gone_quiet|control|holdout': 1, 'failed_calls|suppressed|minimum-gap': 2 };

describe('the figures of a run', () => {
  it('are the difference between two readings; what did not move is left out', () => {
    const start = reading(1_000, 500, { 'gone_quiet|contact|': 7, 'old|contact|': 2 });
    const end = reading(2_000, 800, { 'gone_quiet|contact|': 9, 'old|contact|': 2, 'new|contact|': 1 });
    expect(between(start, end)).toEqual({
      atMs: 2_000,
      folded: 300,
      lag: 4,
      customers: 30,
      decisions: { 'gone_quiet|contact|': 2, 'new|contact|': 1 },
      deadLetters: 0,
    });
  });

  it('tell offers from decisions without one, by play and by reason', () => {
    const plays = playFigures(CELLS);
    expect(plays).toEqual([
      { play: 'failed_calls', offers: 0, withheld: { 'minimum-gap': 2 } },
      { play: 'gone_quiet', offers: 3, withheld: { holdout: 1 } },
    ]);
    expect(suppressedBy(plays)).toEqual({ 'minimum-gap': 2, holdout: 1 });
  });

  it.each([
    [[], 0.5, null],
    [[7], 0.99, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [Array.from({ length: 100 }, (_, n) => n + 1), 0.99, 99],
  ])('of %j have at %d the value %s', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });

  it('measure latency from the triggering record, and leave silences out', () => {
    const alerts = [alert('failed_calls', 1_000, 1_050), alert('gone_quiet', 1_000, 6_000)];
    expect(latencyOf(alerts, (play) => play === 'gone_quiet')).toEqual({ p50Ms: 50, p99Ms: 50 });
  });

  it('have the rate of the last two seconds', () => {
    const tracker = createProgressTracker(reading(0, 0), []);
    tracker.take(reading(5_000, 1_000));
    expect(tracker.take(reading(6_000, 4_000)).eventsPerSecond).toBe(3_000);
  });
});

describe('the live view', () => {
  const progress = createProgressTracker(reading(0, 0), [alert('gone_quiet', 1, 2)]).take(reading(1_000, 500, CELLS));

  it('shows counts, plays with their reasons, and the last alerts, cut to the width of the terminal', () => {
    const lines = screenLines(progress, { title: 'cns_cdr', width: 60 });
    const text = lines.join('\n');
    for (const expected of [
      'events 500',
      '500/s',
      'lag 4',
      'profiles 50',
      'minimum-gap 2',
      'cns-1-r1',
      'No call for 7 days.',
    ]) {
      expect(text).toContain(expected);
    }
    const styles = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, 'g');
    for (const line of lines) expect(line.replace(styles, '').length).toBeLessThanOrEqual(60);
  });

  it('is one line where there is no terminal', () => {
    expect(progressLine(progress)).toBe(
      'events 500, 500/s, lag 4, profiles 50, decisions 6: offers 3, no offer 3; alerts 1, dead letters 0',
    );
  });

  it('is drawn over itself', () => {
    const written: string[] = [];
    const painter = createPainter((text) => void written.push(text));
    painter.paint(['a', 'b']);
    painter.paint(['c']);
    expect(written).toEqual(['\r\x1b[Ja\nb\n', '\x1b[2A\r\x1b[Jc\n']);
  });
});

describe('the summary', () => {
  const replay = {
    source: 'cns_cdr',
    customers: 10,
    planned: 492,
    sent: 492,
    heartbeats: 8,
    behindMs: 0,
    firstEventAt: null,
    lastEventAt: null,
    badRows: { count: 2 },
    notes: ['a note'],
  };
  const summary = summarise({
    so: between(reading(0, 0), reading(9_000, 500, CELLS)),
    replay,
    alerts: [alert('failed_calls', 3_000, 3_040)],
    isSilence: () => false,
    commandBeganMs: 1_000,
    drainedAfterMs: 2_000,
    endedMs: 11_000,
    desk: { answers: 3, open: 0, tally: { 'care_call|other': { OfferPresented: 1, OfferAccepted: 1 } } },
    campaigns: [FUNNEL, { ...FUNNEL, campaign: 'universal', contacts: 0 }],
  });

  it('counts what was folded without the heartbeats, over the time until it was', () => {
    expect(summary).toMatchObject({
      events: 492,
      eventsPerSecond: 246,
      customers: 50,
      p50Ms: 40,
      p99Ms: 40,
      seconds: 10,
    });
  });

  it('has decisions by play, why there was no offer, and a customer to look at', () => {
    expect(summary).toMatchObject({
      decisions: 6,
      byPlay: { gone_quiet: 4, failed_calls: 2 },
      offersByPlay: { gone_quiet: 3 },
      suppressed: { holdout: 1, 'minimum-gap': 2 },
      firstOfferMs: 2_040,
      exampleCustomerId: 'cns-1-r1',
    });
    expect(describeSummary(summary)).toContain('npx holdfast customer show cns-1-r1');
  });

  it('shows the funnel of each campaign, and of the uplift no more than can be said', () => {
    const lines = describeSummary(summary)
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
    expect(lines).toContain('campaign enrolled control contacts delivered presented accepted rejected cost');
    expect(lines).toContain('quiet_customers 3 1 3 3 3 1 1 CNY 36.00');
    expect(lines).toContain(' quiet_customers: retained_60d undecided: nobody is there yet');
    expect(lines).toContain(' universal: retained_60d undecided: nobody is there yet');
    expect(lines.filter((line) => line.startsWith('universal '))).toEqual([]);
    expect(lines).toContain('One campaign: npx holdfast campaign report quiet_customers');
  });

  it('says how many rows of the data could not be used', () => {
    expect(summary.notes.join()).toContain('2 rows');
  });
});
