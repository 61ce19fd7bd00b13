import { beforeAll, describe, expect, it } from 'vitest';
import { countStrikes } from './nemesis.ts';
import { type DeliveryBattle, fightForDeliveries } from './provider/battle.ts';
import { AT_MOST_ONCE, IDEMPOTENT } from './provider/battlefield-files.ts';
import type { DecidedContact, DeliveryEvidence } from './provider/evidence.ts';
import { judgeDeliveries } from './provider/judgement.ts';
import { quietMinutesFrom } from './provider/quiet-minutes.ts';
import type { Arrival, ProviderRecord } from './provider/recording-provider.ts';
import { deliveryReportOf } from './provider/report.ts';

const SECONDS = 60;
/** Other seeds by command: `long-run.ts --deliveries`. */
const SEED = 4711;

describe('two dispatchers before a provider of bad manners, and everything that can go wrong', () => {
  let battle: DeliveryBattle;
  beforeAll(async () => {
    battle = await fightForDeliveries({ seed: SEED, seconds: SECONDS });
    process.stderr.write(`${deliveryReportOf(battle, SEED)}\n`);
  });

  it('bring each contact to the provider in its time, or say why not, and the state knows what the provider knows', () => {
    expect(battle.findings, JSON.stringify(battle.findings)).toEqual({});
  });

  it('were tested on something: faults struck, both channels sent, the provider treated them in every way', () => {
    expect(countStrikes(battle.strikes).size).toBeGreaterThan(4);
    const { contacts, provider, withdrawals } = battle.deliveries;
    expect(new Set(provider.arrivals.map(({ channel }) => channel))).toEqual(new Set([IDEMPOTENT, AT_MOST_ONCE]));
    expect(new Set(provider.arrivals.map(({ mood }) => mood)).size).toBe(7);
    expect(provider.taken.size).toBeGreaterThan(50);
    expect(withdrawals.length).toBeGreaterThan(20);
    const reports = contacts.flatMap((contact) => contact.reports);
    expect(reports).toEqual(expect.arrayContaining(['DELIVERED', 'SENT', 'ATTEMPTED', 'UNKNOWN']));
  });
});

/** Evidence without a fault: one contact of each channel, taken at its time. */
const BEGIN = Date.parse('2026-06-01T10:00:30Z');
const NOON = Date.parse('2026-06-01T12:00:00Z');

const contactOf = (channel: string): DecidedContact => ({
  ...{ contactId: `c-${channel}`, customerId: 'ana', channel, sendBy: NOON + 60_000, occasion: `ana ${channel}` },
  ...{ standing: 'confirmed', reports: ['DELIVERED'] },
});
const arrivalOf = ({ contactId, customerId, channel, sendBy }: DecidedContact): Arrival => ({
  ...{ atMs: NOON + 5, sentMs: NOON, sendByMs: sendBy, channel, key: contactId, contactId, customerId },
  ...{ kind: 'marketing', mood: 'takes' },
});
const [PUSH, SMS] = [contactOf(IDEMPOTENT), contactOf(AT_MOST_ONCE)];
const PROVIDER: ProviderRecord = {
  arrivals: [arrivalOf(PUSH), arrivalOf(SMS)],
  taken: new Set([PUSH.contactId, SMS.contactId]),
  callbacks: [{ contactId: PUSH.contactId, status: 'delivered', taken: 2, refusal: 0 }],
};
const EVIDENCE: DeliveryEvidence = { contacts: [PUSH, SMS], withdrawals: [], stops: [], provider: PROVIDER };

const arriving = (...arrivals: readonly Arrival[]) => ({ ...EVIDENCE, provider: { ...PROVIDER, arrivals } });
const knowing = (contact: Partial<DecidedContact>, provider: Partial<ProviderRecord> = {}) => ({
  ...EVIDENCE,
  contacts: [PUSH, { ...SMS, ...contact }],
  provider: { ...PROVIDER, ...provider },
});
const judged = (evidence: DeliveryEvidence) => Object.keys(judgeDeliveries(evidence, quietMinutesFrom(BEGIN)));

describe('the judge of deliveries', () => {
  const [push, sms] = [arrivalOf(PUSH), arrivalOf(SMS)];

  it('has nothing against what was kept', () => {
    expect(judged(EVIDENCE)).toEqual([]);
  });

  it.each<[string, DeliveryEvidence, string]>([
    ['a contact that never came, though nothing says so', arriving(push), 'reached'],
    ['a contact that nobody decided', arriving(push, sms, { ...push, key: 'x', contactId: 'x' }), 'keys'],
    ['a message under a key that is not its own', arriving(push, { ...sms, key: push.key }), 'keys'],
    ['two contacts on one occasion', knowing({ occasion: PUSH.occasion }), 'keys'],
    ['a second message where there may be one', arriving(push, sms, sms), 'at most once'],
    ['a message sent after its time', arriving(push, { ...sms, sentMs: NOON + 60_200 }), 'expired'],
    ['a message that was under way beyond its time', arriving(push, { ...sms, atMs: NOON + 70_000 }), 'expired'],
    [
      'a withdrawal that was folded, and not heeded',
      { ...EVIDENCE, withdrawals: [{ customerId: 'ana', atMs: NOON - 5_000 }] },
      'consent',
    ],
    ['a state that believes what did not happen', knowing({}, { taken: new Set([PUSH.contactId]) }), 'agreement'],
    ['a state that gave up what the provider has', knowing({ standing: 'released' }), 'agreement'],
    ['a contact that is still open', knowing({ standing: 'open' }), 'agreement'],
    [
      'a report that nobody took',
      knowing({}, { callbacks: [{ contactId: PUSH.contactId, status: 'delivered', taken: 0, refusal: 404 }] }),
      'provider reports',
    ],
  ])('finds %s', (_, evidence, subject) => {
    expect(judged(evidence)).toContain(subject);
  });

  it('finds a message of a quiet minute, in whichever zone', () => {
    const isQuietAt = (sentMs: number) =>
      judged(arriving({ ...push, sentMs, atMs: sentMs }, { ...sms, sentMs, atMs: sentMs })).includes('quiet minutes');
    const minutes = Array.from({ length: 4 }, (_, i) => BEGIN + 30_000 + i * 60_000 + 1_000);
    const found = minutes.map(isQuietAt);
    expect(found.filter(Boolean)).toHaveLength(2);
    expect(found[0]).not.toBe(found[1]);
  });

  it('lets what had left a dispatcher before it was stopped arrive when it does', () => {
    const slow = { ...sms, atMs: NOON + 90_000 };
    const stops = [{ fromMs: NOON + 1, toMs: NOON + 89_000 }];
    expect(judged({ ...arriving(push, slow), stops })).toEqual([]);
  });
});
