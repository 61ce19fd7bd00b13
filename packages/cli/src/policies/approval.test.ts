import { diffPolicies, type WrittenPolicy, withStage } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, readPolicyFiles } from '@holdfast/policy-folder';
import { describe, expect, it } from 'vitest';
import { approvalsNeeded } from './approval.ts';
import { openFiles } from './policy-text.ts';

const PACK = readPolicyFiles(DEFAULT_POLICY_DIR);
type Files = Readonly<Record<string, string>>;
const staged = (stage: string): Files => withStage(PACK, 'save_desk', stage);
const edited = (files: Files): Files => ({
  ...files,
  'offers.yaml': (files['offers.yaml'] ?? '').replace(/(save_plan:[\s\S]*?value: )\d+/, (_, head) => `${head}9`),
});
const approval = (files: Files, word: string): Files => ({ ...files, 'approval.yaml': `approval: ${word}\n` });
const open = (files: Files): WrittenPolicy => openFiles(files, 'x');
const reasons = (before: Files | undefined, after: Files) => {
  const [from, to] = [before && open(before), open(after)];
  return approvalsNeeded(from, to, diffPolicies(from, to));
};

describe('a second person is asked for', () => {
  it.each<[string, Files | undefined, Files, string[]]>([
    ['when a campaign goes live', staged('shadow'), staged('live'), ['save_desk would be live']],
    [
      'when a canary grows beyond ten per cent',
      staged('canary(10%)'),
      staged('canary(11%)'),
      ['save_desk would be canary(11%)'],
    ],
    ['when it grows further', staged('canary(20%)'), staged('live'), ['save_desk would be live']],
    [
      'when a live campaign comes to something else',
      staged('live'),
      edited(staged('live')),
      ['save_desk is live, and changes: offers/save_plan'],
    ],
    ['when the rule itself is lifted', PACK, approval(PACK, 'none'), ['approval would be asked for no more']],
    ['not for a small canary', staged('shadow'), staged('canary(10%)'), []],
    ['not for a change of a small canary', staged('canary(10%)'), edited(staged('canary(5%)')), []],
    ['not for a change of what is in the shadow', staged('shadow'), edited(staged('shadow')), []],
    ['not when something is taken back', staged('live'), staged('canary(50%)'), []],
    ['not when a campaign retires', staged('live'), staged('retired'), []],
    [
      'not where the policy in force does not',
      approval(staged('shadow'), 'none'),
      approval(staged('live'), 'none'),
      [],
    ],
    ['not even when it begins to', approval(staged('shadow'), 'none'), staged('live'), []],
    ['not for a first policy that does not', undefined, approval(PACK, 'none'), []],
  ])('%s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected);
  });

  it('for a first policy, of every campaign that is live in it', () => {
    expect(reasons(undefined, PACK)).toHaveLength(open(PACK).policy.campaigns.size);
  });
});
