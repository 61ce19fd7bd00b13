import { withStage } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, readPolicyFiles } from '@holdfast/policy-folder';
import { describe, expect, it } from 'vitest';
import { createMemoryDesk, type MemoryDesk } from '../../test/memory-desk.ts';
import { ABANDONED_AFTER_MS } from './activation.ts';
import { approve, type Change, change, promote, rollback } from './changes.ts';
import { historyOf, inForce } from './policy-history.ts';
import { openFiles, type PackedPolicy } from './policy-text.ts';
import { publishAgain } from './publish-again.ts';

const PACK = readPolicyFiles(DEFAULT_POLICY_DIR);
const written = (changes: Readonly<Record<string, string>> = {}): PackedPolicy =>
  openFiles({ ...PACK, ...changes }, 'x');
const DRAFTS = `stages:\n${[...written().policy.campaigns.keys()].map((id) => `  ${id}: draft\n`).join('')}`;
/** Nothing in it is live, so nobody has to agree. */
const QUIET = written({ 'stages.yaml': DRAFTS });
const OTHER = written({ 'stages.yaml': DRAFTS, 'a.yaml': 'segments: { young: age < 30 }\n' });
const LIVE = written();

const publish = async (desk: MemoryDesk, wanted: PackedPolicy, by = 'alice'): Promise<Change> =>
  change(desk, await desk.history(), { action: 'PUBLISHED', wanted, by, comment: '' });
const approved = async (desk: MemoryDesk, version: string, by: string) =>
  approve(desk, await desk.history(), { version, by, comment: '' });
const promoted = async (desk: MemoryDesk, campaign: string, to: string, by = 'alice') =>
  promote(desk, await desk.history(), { campaign, to, by, comment: '' });
const rolledBack = async (desk: MemoryDesk, version?: string) =>
  rollback(desk, await desk.history(), { version, by: 'alice', comment: '' });

const running = ({ control }: MemoryDesk) => control.map((records) => records.at(-1)?.version);
const everywhere = (desk: MemoryDesk, { policy }: PackedPolicy) => Array(desk.partitions).fill(policy.version);
const actions = ({ audit }: MemoryDesk) => audit.map(({ action }) => action);

describe('publishing', () => {
  it('brings one identical record into every partition, announced before and said to be done after', async () => {
    const desk = createMemoryDesk();
    expect(await publish(desk, QUIET)).toMatchObject({ kind: 'activated', activated: { isResumed: false } });
    expect(running(desk)).toEqual(everywhere(desk, QUIET));
    expect(new Set(desk.control.map((records) => JSON.stringify(records))).size).toBe(1);
    expect(actions(desk)).toEqual(['PUBLISHED', 'IN_FORCE']);
  });

  it('of what is in force changes nothing', async () => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    expect(await publish(desk, QUIET)).toMatchObject({ kind: 'in-force-already' });
    expect(desk.audit).toHaveLength(2);
  });

  it.each([0, 1, 3])(
    'that dies after %i partitions is completed by the next one, with a record each',
    async (count) => {
      const desk = createMemoryDesk();
      desk.writesLeft = count;
      await expect(publish(desk, QUIET)).rejects.toThrow(`${count} of 4 partitions have the policy`);
      desk.writesLeft = 99;
      expect(await publish(desk, QUIET)).toMatchObject({ kind: 'activated', activated: { isResumed: true } });
      expect(desk.control.map((records) => records.map(({ eventId }) => eventId))).toEqual(
        Array(4).fill([desk.audit[0]?.activation]),
      );
      expect(actions(desk)).toEqual(['PUBLISHED', 'IN_FORCE']);
    },
  );

  it('that dies before it says so is done, and says so the next time', async () => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    desk.audit.pop();
    await publish(desk, QUIET);
    expect(desk.control.map((records) => records.length)).toEqual([1, 1, 1, 1]);
    expect(actions(desk)).toEqual(['PUBLISHED', 'IN_FORCE']);
  });

  it('of two people at once is won by the one the log has first; the other changes nothing', async () => {
    const desk = createMemoryDesk();
    const first = desk.history();
    desk.beforeAppend = async () => {
      const history = await first;
      await desk.append({
        action: 'PUBLISHED',
        version: OTHER.policy.version,
        by: 'bob',
        activation: 'b',
        files: OTHER.bytes,
      });
      expect(history.entries).toEqual([]);
    };
    await expect(publish(desk, QUIET)).rejects.toThrow(/bob is bringing sha256:\w+ into force since/);
    expect(running(desk)).toEqual(Array(4).fill(undefined));
    expect(actions(desk)).toEqual(['PUBLISHED', 'PUBLISHED', 'WITHDRAWN']);
  });

  it('after one that died long ago starts anew, and the dead one is not taken up behind it', async () => {
    const desk = createMemoryDesk();
    desk.writesLeft = 3;
    await expect(publish(desk, QUIET)).rejects.toThrow();
    desk.nowMs += ABANDONED_AFTER_MS;
    desk.writesLeft = 2;
    await expect(publish(desk, OTHER)).rejects.toThrow();
    desk.nowMs += ABANDONED_AFTER_MS;
    desk.writesLeft = 99;
    await publish(desk, QUIET);
    expect(running(desk)).toEqual(everywhere(desk, QUIET));
    expect(historyOf({ entries: desk.audit, unreadable: [] }).unfinished).toEqual([]);
  });
});

describe('what shards refused', () => {
  const again = async (desk: MemoryDesk) => publishAgain(desk, await desk.history(), { by: 'carol', comment: '' });

  it('comes to them again by one more record each, with the word of those who agreed on it', async () => {
    const desk = createMemoryDesk();
    await publish(desk, LIVE);
    for (const partition of [0, 2]) desk.refusing.add(partition);
    await approved(desk, LIVE.policy.version, 'bob');
    expect(await again(desk)).toMatchObject({ kind: 'activated', activated: { isResumed: false } });
    expect(desk.control.map((records) => records.length)).toEqual([2, 2, 2, 2]);
    expect(desk.control[0]?.[1]).toMatchObject({
      version: LIVE.policy.version,
      publishedBy: 'alice',
      approvedBy: 'bob',
    });
    expect(desk.audit.slice(-2)).toMatchObject([
      { action: 'PUBLISHED', by: 'carol', comment: 'again: it was refused by shards 0, 2', files: null },
      { action: 'IN_FORCE' },
    ]);
    desk.refusing.clear();
    expect(await again(desk)).toEqual({ kind: 'in-force-already', version: LIVE.policy.version });
  });

  it.each([
    ['publishing', (desk: MemoryDesk) => publish(desk, QUIET)],
    ['rolling back', (desk: MemoryDesk) => rolledBack(desk, QUIET.policy.version)],
    ['promoting', (desk: MemoryDesk) => promoted(desk, 'save_desk', 'draft')],
  ])('is not said to be in force already: %s brings it again', async (_, work) => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    desk.refusing.add(1);
    expect(await work(desk)).toMatchObject({ kind: 'activated' });
    expect(desk.control[1]).toHaveLength(2);
  });

  it('is nothing where nothing was published', async () => {
    await expect(again(createMemoryDesk())).rejects.toThrow('nothing was published yet');
  });
});

describe('what is live', () => {
  it('is proposed, not published, until a second person approves it', async () => {
    const desk = createMemoryDesk();
    expect(await publish(desk, LIVE)).toMatchObject({ kind: 'proposed', by: 'alice', isNew: true });
    expect(running(desk)).toEqual(Array(4).fill(undefined));
    expect(await publish(desk, LIVE, 'bob')).toMatchObject({ kind: 'proposed', by: 'alice', isNew: false });
    expect(await approved(desk, LIVE.policy.version, 'bob')).toMatchObject({ kind: 'activated' });
    expect(running(desk)).toEqual(everywhere(desk, LIVE));
    expect(desk.control[0]?.[0]).toMatchObject({ publishedBy: 'alice', approvedBy: 'bob' });
    expect(actions(desk)).toEqual(['PROPOSED', 'APPROVED', 'IN_FORCE']);
  });

  it.each(['alice', 'ALICE', ' Alice '])(
    'is not approved by %s, who proposed it; the log keeps the attempt',
    async (by) => {
      const desk = createMemoryDesk();
      await publish(desk, LIVE);
      await expect(approved(desk, LIVE.policy.version, by)).rejects.toThrow('somebody else has to approve it');
      expect(actions(desk)).toEqual(['PROPOSED', 'REFUSED']);
      expect(await approved(desk, LIVE.policy.version, 'bob')).toMatchObject({ kind: 'activated' });
    },
  );

  it('is not approved on top of what came into force since', async () => {
    const desk = createMemoryDesk();
    await publish(desk, LIVE);
    await publish(desk, QUIET);
    await expect(approved(desk, LIVE.policy.version, 'bob')).rejects.toThrow(/was proposed when nothing was in force/);
  });

  it('is not approved where it was not proposed', async () => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    await publish(desk, OTHER);
    await expect(approved(desk, QUIET.policy.version, 'bob')).rejects.toThrow('was not proposed');
    await expect(approved(desk, 'abcdef', 'bob')).rejects.toThrow('no version abcdef');
  });

  it('whose approval died half-way is completed by approving it again, with the same two names', async () => {
    const desk = createMemoryDesk();
    await publish(desk, LIVE);
    desk.writesLeft = 2;
    await expect(approved(desk, LIVE.policy.version, 'bob')).rejects.toThrow('2 of 4 partitions');
    desk.writesLeft = 99;
    await approved(desk, LIVE.policy.version, 'carol');
    expect(desk.control.map((records) => records.map((one) => `${one.publishedBy}+${one.approvedBy}`))).toEqual(
      Array(4).fill(['alice+bob']),
    );
  });
});

describe('promoting', () => {
  const start = async () => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    return desk;
  };

  it('writes one word, and needs a second person only beyond a small canary', async () => {
    const desk = await start();
    expect(await promoted(desk, 'save_desk', 'shadow')).toMatchObject({ kind: 'activated' });
    expect(await promoted(desk, 'save_desk', 'canary(10%)')).toMatchObject({ kind: 'activated' });
    const canary = openFiles(withStage(QUIET.files, 'save_desk', 'canary(10%)'), 'x');
    expect(running(desk)).toEqual(everywhere(desk, canary));
    expect(await promoted(desk, 'save_desk', 'live')).toMatchObject({
      kind: 'proposed',
      reasons: ['save_desk would be live'],
    });
    expect(running(desk)).toEqual(everywhere(desk, canary));
    expect(desk.audit.filter(({ action }) => action === 'PROMOTED').map(({ comment }) => comment)).toEqual([
      'save_desk: draft → shadow',
      'save_desk: shadow → canary(10%)',
    ]);
  });

  it('to where it is changes nothing', async () => {
    const desk = await start();
    expect(await promoted(desk, 'save_desk', 'draft')).toMatchObject({ kind: 'in-force-already' });
  });

  it('takes a live campaign back without a second person', async () => {
    const desk = createMemoryDesk();
    await publish(desk, LIVE);
    await approved(desk, LIVE.policy.version, 'bob');
    expect(await promoted(desk, 'save_desk', 'retired')).toMatchObject({ kind: 'activated' });
    expect(actions(desk).slice(-2)).toEqual(['RETIRED', 'IN_FORCE']);
  });

  it('names what it does not know', async () => {
    await expect(promoted(await start(), 'save_dsek', 'shadow')).rejects.toThrow('has no campaign save_dsek');
    await expect(promoted(createMemoryDesk(), 'save_desk', 'shadow')).rejects.toThrow('nothing was published yet');
  });
});

describe('rolling back', () => {
  it('returns to what was in force before, live campaigns and all, without a second person', async () => {
    const desk = createMemoryDesk();
    await publish(desk, LIVE);
    await approved(desk, LIVE.policy.version, 'bob');
    await publish(desk, QUIET);
    expect(await rolledBack(desk)).toMatchObject({ kind: 'activated' });
    expect(running(desk)).toEqual(everywhere(desk, LIVE));
    await rolledBack(desk);
    expect(inForce(await desk.history())?.version).toBe(QUIET.policy.version);
  });

  it('need not wait for a publisher who died a moment ago', async () => {
    const desk = createMemoryDesk();
    await publish(desk, QUIET);
    desk.writesLeft = 2;
    await expect(publish(desk, OTHER, 'bob')).rejects.toThrow();
    desk.writesLeft = 99;
    const back = async (takesOver: boolean) =>
      rollback(desk, await desk.history(), { version: QUIET.policy.version, by: 'alice', comment: '', takesOver });
    await expect(back(false)).rejects.toThrow('bob is bringing');
    expect(running(desk)).not.toEqual(everywhere(desk, QUIET));
    await back(true);
    expect(running(desk)).toEqual(everywhere(desk, QUIET));
  });

  it('takes a version by the beginning of its digits', async () => {
    const desk = createMemoryDesk();
    for (const one of [QUIET, OTHER, openFiles(withStage(QUIET.files, 'save_desk', 'shadow'), 'x')])
      await publish(desk, one);
    await rolledBack(desk, QUIET.policy.version.slice(7, 20));
    expect(running(desk)).toEqual(everywhere(desk, QUIET));
  });

  it('refuses a version that was never in force, that is not known, and where there was none before', async () => {
    const desk = createMemoryDesk();
    await expect(rolledBack(desk)).rejects.toThrow('nothing was in force before');
    await publish(desk, LIVE);
    await expect(rolledBack(desk, LIVE.policy.version)).rejects.toThrow('was never in force');
    await expect(rolledBack(desk, 'sha256:00')).rejects.toThrow('no version sha256:00');
  });
});
