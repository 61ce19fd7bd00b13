import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';
import { parseStage, stageText } from './stage.ts';

const OFFERS = 'policy/offers.yaml';
const staged = (stage: string) => ({ ...PACK, 'stages.yaml': `stages: { save: ${stage} }\n` });

function problems(files: Readonly<Record<string, string>>): readonly string[] {
  const answer = compilePolicy(files, contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

describe('the stage of a campaign', () => {
  it.each([
    ['draft', 'draft', 0],
    ['shadow', 'shadow', 0],
    ['canary(10%)', 'canary', 0.1],
    ['canary(0.5%)', 'canary', 0.005],
    ['canary(100%)', 'canary', 1],
    ['live', 'live', 1],
    ['retired', 'retired', 0],
  ])('%s is open to its share of customers', (text, stage, share) => {
    expect(parseStage(text)).toEqual({ stage, share });
  });

  it.each(['canary', 'canary()', 'canary(0%)', 'canary(101%)', 'canary(10)', 'live(10%)', 'Live', ''])(
    '"%s" is none',
    (text) => {
      expect(parseStage(text)).toBeUndefined();
    },
  );

  it('reads the same again as it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (hundredths) => {
        const stage = { stage: 'canary', share: hundredths / 10_000 } as const;
        expect(stageText(parseStage(stageText(stage)) ?? stage)).toBe(stageText(stage));
      }),
    );
  });

  it('in the section stages wins over the campaign, which stays as it is written', () => {
    const policy = compiled(staged('canary(10%)'));
    expect(policy.campaigns.get('save')).toMatchObject({ stage: 'canary', share: 0.1 });
    expect(policy.campaigns.get('drafted')).toMatchObject({ stage: 'draft', share: 0 });
  });

  it.each([
    ['live', ['save'], []],
    ['canary(10%)', ['save'], []],
    ['shadow', [], ['save']],
    ['draft', [], []],
    ['retired', [], []],
  ])('%s says whether its triggers lead to it, and how', (stage, open, shadows) => {
    const policy = compiled(staged(stage));
    const ids = (campaigns: readonly { readonly id: string }[]) => campaigns.map(({ id }) => id);
    expect(ids(policy.campaignsFor('gone_quiet'))).toEqual(open);
    expect(ids(policy.shadowsFor('gone_quiet'))).toEqual(shadows);
  });

  it.each([
    [
      staged('canary'),
      'stages.yaml:1:17 error: stage must be draft, shadow, canary(10%) with a share above 0%, live or retired',
    ],
    [{ ...PACK, 'stages.yaml': 'stages: { svae: live }' }, 'unknown campaign "svae"; did you mean "save"?'],
    [{ ...PACK, 'stages.yaml': 'stages: { save: [live] }' }, 'stages.yaml:1:17 error: stage must be'],
    [{ ...PACK, 'stages.yaml': 'stages: live' }, 'stages must be a map by id'],
    [
      { ...PACK, 'a.yaml': 'stages: { save: live }', 'b.yaml': 'stages: { save: shadow }' },
      'b.yaml:1:11 error: "save" is defined twice in stages, first at a.yaml:1',
    ],
  ])('that cannot be understood is refused where it stands', (files, expected) => {
    expect(problems(files).join('\n')).toContain(expected);
  });

  it('is told what is wrong with it in the campaign even where the section overrides it', () => {
    const files = { ...staged('live'), [OFFERS]: (PACK[OFFERS] ?? '').replace('stage: live', 'stage: alive') };
    expect(problems(files).filter((line) => line.includes(' error: '))).toHaveLength(1);
  });
});
