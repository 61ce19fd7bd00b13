import { describe, expect, it } from 'vitest';
import { compiled, PACK } from '../test/pack.ts';
import { diffPolicies, type PolicyDiff, type WrittenPolicy } from './diff.ts';
import { withStage } from './stage-edit.ts';

const FEATURES = 'policy/features.yaml';
const TRIGGERS = 'policy/triggers.yaml';
const OFFERS = 'policy/offers.yaml';
const MARKET = 'policy/market.yaml';

const written = (files: Readonly<Record<string, string>>): WrittenPolicy => ({ files, policy: compiled(files) });
const changed = (path: string, from: string, to: string): WrittenPolicy => {
  const text = PACK[path] ?? '';
  if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
  return written({ ...PACK, [path]: text.replace(from, to) });
};
const diffTo = (after: WrittenPolicy): PolicyDiff => diffPolicies(written(PACK), after);
const lines = ({ changes }: PolicyDiff) =>
  changes.flatMap(({ section, id, kind, fields }) =>
    kind === 'changed'
      ? fields.map(
          ({ path, before, after }) => `${[section, id, path].filter(Boolean).join(' ')}: ${before} → ${after}`,
        )
      : [`${kind} ${section} ${id}`],
  );
const touched = ({ campaigns }: PolicyDiff) =>
  campaigns.map(({ campaign, because }) => `${campaign}: ${because.join(' ')}`);

describe('the difference between two policies', () => {
  it.each<[string, WrittenPolicy]>([
    ['comments and blank lines', changed(TRIGGERS, 'triggers:\n', '# a remark\n\ntriggers:\n')],
    [
      'the file something stands in',
      written({
        'all.yaml': `${PACK[OFFERS]}${PACK[MARKET]}`,
        'f.yaml': PACK[FEATURES] ?? '',
        't.yaml': PACK[TRIGGERS] ?? '',
      }),
    ],
    ['the order of keys', changed(OFFERS, '{ max: 2, per: 7d }', '{ per: 7d, max: 2 }')],
    [
      'a stage written in its section instead of in the campaign',
      written({ ...PACK, 's.yaml': 'stages: { save: live }' }),
    ],
  ])('is nothing for %s', (_, after) => {
    expect(diffTo(after)).toMatchObject({ changes: [], campaigns: [] });
  });

  it.each<[string, WrittenPolicy, string[], string[]]>([
    [
      'a level in a condition',
      changed(TRIGGERS, 'crossed(failed_calls_7d, 5, 2)', 'crossed(failed_calls_7d, 6, 2)'),
      ['triggers failed_calls when: crossed(failed_calls_7d, 5, 2) → crossed(failed_calls_7d, 6, 2)'],
      ['save: triggers/failed_calls'],
    ],
    [
      'the words of a script, and whose offer it is',
      changed(OFFERS, 'Two gigabytes more', 'Three gigabytes more'),
      ['scripts top_up en: Two gigabytes more, {tier|as always} → Three gigabytes more, {tier|as always}'],
      ['save: scripts/top_up'],
    ],
    [
      'a limit, which is about every campaign',
      changed(OFFERS, 'minimumGap: 24h', 'minimumGap: 12h'),
      ['contact-policy minimumGap: 24h → 12h'],
      ['drafted: contact-policy', 'save: contact-policy'],
    ],
    [
      'one of several limits',
      changed(OFFERS, 'per: 1d, channel: sms', 'per: 2d, channel: sms'),
      ['contact-policy caps[1].per: 1d → 2d'],
      ['drafted: contact-policy', 'save: contact-policy'],
    ],
    [
      'one limit less',
      changed(OFFERS, '{ max: 2, per: 7d }, ', ''),
      [
        'contact-policy caps: [{ max: 2, per: 7d }, { max: 1, per: 1d, channel: sms, category: cross-sell }] → [{ max: 1, per: 1d, channel: sms, category: cross-sell }]',
      ],
      ['drafted: contact-policy', 'save: contact-policy'],
    ],
    [
      'what a contact costs, and who makes them',
      changed(MARKET, 'cost: 2.5', 'cost: 3'),
      ['channels call-centre cost: 2.5 → 3'],
      ['drafted: channels/call-centre', 'save: channels/call-centre'],
    ],
    [
      'a channel that nobody uses',
      changed(MARKET, '  sms: {', '  app-push: { cost: 1 }\n  sms: {'),
      ['added channels app-push'],
      [],
    ],
    [
      'holidays, which are for everybody',
      changed(MARKET, '2026-10-07', '2026-10-08'),
      ['calendars china: [2026-01-01, 2026-10-01..2026-10-07] → [2026-01-01, 2026-10-01..2026-10-08]'],
      ['drafted: calendars/china', 'save: calendars/china'],
    ],
    [
      'how it is learnt',
      changed(MARKET, 'halfLife: 30d', 'halfLife: 60d'),
      ['learning halfLife: 30d → 60d'],
      ['drafted: learning', 'save: learning'],
    ],
    [
      'how much is tried out',
      changed(MARKET, 'epsilon: 5%', 'epsilon: 10%'),
      ['exploration epsilon: 5% → 10%'],
      ['drafted: exploration', 'save: exploration'],
    ],
    [
      'the stage of a campaign alone',
      written({ ...PACK, 's.yaml': 'stages: { drafted: shadow }' }),
      ['stages drafted: draft → shadow'],
      ['drafted: '],
    ],
    [
      'a field that goes',
      changed(OFFERS, '    cost: 1.5\n', ''),
      ['offers data_top_up cost: 1.5 → null'],
      ['save: offers/data_top_up'],
    ],
    [
      'a campaign that is removed',
      changed(OFFERS, / {2}drafted:\n(?: {4}.*\n)+/.exec(PACK[OFFERS] ?? '')?.[0] ?? '', ''),
      ['removed campaigns drafted'],
      ['drafted: campaigns/drafted'],
    ],
  ])('names %s', (_, after, expected, campaigns) => {
    const diff = diffTo(after);
    expect(lines(diff)).toEqual(expected);
    expect(touched(diff)).toEqual(campaigns);
  });

  it('has both texts of what changed, and the text of what came', () => {
    const diff = diffTo(changed(OFFERS, 'exclusions:\n', 'exclusions:\n  minors: { when: has_broadband }\n'));
    expect(diff.changes).toEqual([
      {
        section: 'exclusions',
        id: 'minors',
        kind: 'added',
        fields: [],
        before: null,
        after: 'minors: { when: has_broadband }',
      },
    ]);
    const level = diffTo(changed(TRIGGERS, 'occasion: week', 'occasion: month')).changes[0];
    expect(level?.before?.replace('week', 'month')).toBe(level?.after);
    expect(level?.after).toMatch(/^\w+:\n {2}on: UsageRecorded\n/);
  });

  it('reaches a campaign through a segment and the feature in it', () => {
    const base = {
      'a.yaml': `currency: CNY
features: { uses: { from: UsageRecorded, count: true, window: 7d, hop: 1d }, other: { from: UsageRecorded, count: true, window: 1d } }
segments: { busy: uses > 5 }
triggers: { t: { on: UsageRecorded, when: segment('busy'), occasion: week, reason: r }, u: { on: BillPaid, occasion: week, reason: r } }
offers: { o: { title: o, category: retention, value: 1, propensity: 0.5, validFor: 1d, channels: [sms] } }
campaigns:
  reached: { goal: { kpi: k, target: 1 }, triggers: [t], offers: [o], stage: live }
  not_reached: { goal: { kpi: k, target: 1 }, triggers: [u], offers: [o], stage: live }
`,
    };
    const after = { 'a.yaml': base['a.yaml'].replace('window: 7d', 'window: 14d') };
    expect(touched(diffPolicies(written(base), written(after)))).toEqual(['reached: features/uses']);
  });

  it('to nothing has everything as added', () => {
    const diff = diffPolicies(undefined, written(PACK));
    expect(diff.before).toBeNull();
    expect(new Set(diff.changes.map(({ kind }) => kind))).toEqual(new Set(['added']));
    expect(diff.campaigns.find(({ campaign }) => campaign === 'save')).toMatchObject({
      stageBefore: null,
      stageAfter: 'live',
      shareAfter: 1,
    });
  });
});

describe('writing a stage', () => {
  it('replaces one word where it stands, and nothing else', () => {
    const text = '# who is where\nstages:\n  save: shadow   # since May\n  drafted: "canary(5%)"\n';
    const files = { ...PACK, 's.yaml': text };
    expect(withStage(files, 'save', 'canary(10%)')['s.yaml']).toBe(text.replace('shadow', 'canary(10%)'));
    expect(withStage(files, 'drafted', 'live')['s.yaml']).toBe(text.replace('"canary(5%)"', 'live'));
  });

  it('adds an entry to the section there is, or a file of its own', () => {
    const files = { ...PACK, 's.yaml': '# who is where\nstages: { save: shadow }\n' };
    expect(withStage(files, 'drafted', 'live')['s.yaml']).toBe(
      '# who is where\nstages: { save: shadow, drafted: live }\n',
    );
    expect(withStage(PACK, 'drafted', 'live')).toEqual({ ...PACK, 'stages.yaml': 'stages:\n  drafted: live\n' });
    expect(withStage({ ...PACK, 's.yaml': 'stages:\n' }, 'drafted', 'live')['s.yaml']).toContain('drafted: live');
  });

  it('adds nothing to a folder that is included, and replaces there what stands there', () => {
    const files = { ...PACK, '@base/s.yaml': 'stages: { save: shadow }\n' };
    expect(withStage(files, 'save', 'live')['@base/s.yaml']).toBe('stages: { save: live }\n');
    expect(withStage(files, 'drafted', 'live')['stages.yaml']).toBe('stages:\n  drafted: live\n');
  });

  it.each(['draft', 'shadow', 'canary(2.5%)', 'live', 'retired'])('%s is what the campaign is in then', (stage) => {
    const diff = diffTo(written(withStage(PACK, 'save', stage)));
    expect(diff.campaigns.map(({ stageAfter }) => stageAfter)).toEqual(stage === 'live' ? [] : [stage]);
  });
});
