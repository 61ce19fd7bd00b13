import { shareOf } from '@holdfast/decisions';
import type { Event } from '@holdfast/events';
import { type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR, readPolicyFiles } from '@holdfast/policy-folder';
import { telecomContract } from '@holdfast/telecom';
import { defaultPolicy, TOLD_AT } from '@holdfast/testkit/told-customer';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { freshCustomerId } from '../../test/customer-gateway.ts';
import { bodyOf, DAY_MS, happened, useCustomers } from '../../test/customers-world.ts';
import { PROBLEM } from '../http/problem.ts';
import type { Role } from '../security/roles.ts';
import { EXPORT } from './export-schema.ts';
import { CUSTOMER_ANSWER } from './profile-schema.ts';
import { TIMELINE_PAGE, type TimelinePage } from './timeline-schema.ts';
import { WHY } from './why-schema.ts';

const POLICY = defaultPolicy();
/** Every campaign is measured against a control group. */
const measured = policyWith((campaigns) => campaigns.replaceAll('holdout: 0\n', 'holdout: 0.1\n'));
const { started, withCustomer } = useCustomers('customers');

function policyWith(change: (campaigns: string) => string): CompiledPolicy {
  const files = { ...readPolicyFiles(DEFAULT_POLICY_DIR) };
  const answer = compilePolicy(
    { ...files, 'campaigns.yaml': change(files['campaigns.yaml'] ?? '') },
    telecomContract(),
  );
  if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
  return answer.policy;
}

describe('GET /v1/customers/{id}', () => {
  it('has the profile, since when features are complete, and what happened, as its schema says', async () => {
    const { call, path, customerId } = await withCustomer();
    const answer = await call('marketer', path);
    expect(answer.status).toBe(200);
    const body = await bodyOf(answer, CUSTOMER_ANSWER);
    expect(body).toMatchObject({
      customerId,
      unfoldedEvents: 0,
      accountManager: { id: 'm-1', since: new Date(TOLD_AT - 30 * DAY_MS).toISOString() },
      household: { householdId: 'h-1', role: 'payer' },
      lines: [{ subscriptionId: 'line-1', product: 'MOBILE', plan: 'M', dataAllowanceMb: 10_000, status: 'ACTIVE' }],
      consents: [{ channel: 'sms', purpose: 'MARKETING', granted: false }],
      exclusions: [{ exclusion: 'staff', active: false }],
      complaints: [{ complaintId: 'k-1', open: false }],
      attributes: { account_manager: 'm-1', household_id: 'h-1', has_mobile: true, city: null },
    });
    const since = new Date(TOLD_AT - 60 * DAY_MS).toISOString();
    expect(body.features.data_mb_cycle).toEqual({ value: expect.any(Number), completeSince: since });
    expect(body.features.data_share_used).toEqual({ value: expect.any(Number), completeSince: since });
  });

  it('is 404 for an unknown id and one that is not to be seen, alike, and notes only what was shown', async () => {
    const seen: unknown[] = [];
    const { call, path, audited } = await withCustomer({
      sightOf: () => ({
        customer: (place) => {
          seen.push(place);
          return false;
        },
        work: () => false,
      }),
    });
    const [hidden, unknown] = [await call('agent', path), await call('agent', '/v1/customers/nobody')];
    expect([hidden.status, unknown.status]).toEqual([404, 404]);
    const [{ instance: _h, ...ofHidden }, { instance: _u, ...ofUnknown }] = [
      await bodyOf(hidden, PROBLEM),
      await bodyOf(unknown, PROBLEM),
    ];
    expect(ofHidden).toEqual(ofUnknown);
    expect(seen).toEqual(
      [{ tier: 'other', city: '', accountManager: 'm-1' }].map((place) =>
        expect.objectContaining({ accountManager: place.accountManager }),
      ),
    );
    expect(audited).toEqual([]);
  });

  it.each(['', '/timeline', '/why', '/export'])('%s shows nothing of whom the look cannot be noted', async (rest) => {
    const { call, path, failures } = await withCustomer({ audit: () => Promise.reject(new Error('kafka is away')) });
    const answer = await call('auditor', path + rest);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await bodyOf(answer, PROBLEM)).toMatchObject({ type: 'urn:holdfast:problem:audit-away' });
    expect(failures).toEqual(['audit']);
  });

  it('notes each look with what was looked at', async () => {
    const { call, path, audited, customerId } = await withCustomer();
    for (const rest of ['', '/timeline', '/why', '/export'])
      expect((await call('auditor', path + rest)).status).toBe(200);
    const actions = ['customer.read', 'customer.timeline', 'customer.why', 'customer.export'];
    expect(audited).toEqual(actions.map((action) => ({ action, customerId })));
  });

  it('is 503 when Redis cannot be reached, and when records cannot be read', async () => {
    const away = { read: async () => ({ kind: 'away', why: 'redis' }) as const };
    const { call, path } = await withCustomer({ reader: away });
    expect((await call('agent', path)).status).toBe(503);
    const other = await withCustomer({ records: () => Promise.reject(new Error('redis')) });
    expect((await other.call('agent', other.path)).status).toBe(503);
  });

  it('takes ids of any characters up to their length, and refuses longer ones', async () => {
    const { call } = await started();
    const longest = '客'.repeat(128);
    expect((await call('agent', `/v1/customers/${encodeURIComponent(longest)}`)).status).toBe(404);
    expect((await call('agent', `/v1/customers/${encodeURIComponent(`${longest}x`)}`)).status).toBe(400);
  });

  it('counts in what was told through a gateway and is not folded yet, and marks it', async () => {
    const told = happened<Event>('', {
      ...{ type: 'ConsentChanged', eventId: 'new', occurredAt: TOLD_AT + DAY_MS },
      ...{ channel: 'email', purpose: 'MARKETING', granted: false },
    } as never);
    const { call, path, customerId } = await withCustomer({
      unfolded: async (id) => [{ ...told, customerId: id } as Event],
      asTold: (_id, state) => state ?? Buffer.alloc(0),
    });
    const body = await bodyOf(await call('agent', path), CUSTOMER_ANSWER);
    expect(body.customerId).toBe(customerId);
    expect(body.unfoldedEvents).toBe(1);
    const [newest] = body.timeline.items;
    expect(newest).toMatchObject({ kind: 'event', type: 'ConsentChanged', isFolded: false });
    expect(body.timeline.items.filter((item) => item.kind === 'event' && !item.isFolded)).toHaveLength(1);
  });
});

describe('GET /v1/customers/{id}/timeline', () => {
  it('has events, decisions and contacts, newest first, each once', async () => {
    const { call, path, kept, told } = await withCustomer();
    const page = await bodyOf(await call('operator', `${path}/timeline`), TIMELINE_PAGE);
    const of = (kind: string) => page.items.filter((item) => item.kind === kind);
    expect(
      of('event')
        .map((item) => item.kind === 'event' && item.type)
        .sort(),
    ).toEqual(kept.map(({ type }) => type).sort());
    expect(of('decision')).toHaveLength(told.decisions.length);
    expect(of('contact').length).toBeGreaterThan(0);
    const times = page.items.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(page.next).toBeNull();
  });

  it('comes in pages that together are the whole, in order', async () => {
    const { call, path } = await withCustomer();
    const whole = await bodyOf(await call('operator', `${path}/timeline`), TIMELINE_PAGE);
    for (const limit of [1, 2, 3]) {
      const items: TimelinePage['items'] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query = `limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page: TimelinePage = await bodyOf(await call('operator', `${path}/timeline?${query}`), TIMELINE_PAGE);
        items.push(...page.items);
        cursor = page.next;
      }
      expect(items).toEqual(whole.items);
    }
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=1-abc'])('refuses %s', async (query) => {
    const { call, path } = await withCustomer();
    const answer = await call('agent', `${path}/timeline?${query}`);
    expect([answer.status, (await bodyOf(answer, PROBLEM)).type]).toEqual([
      400,
      'urn:holdfast:problem:invalid-request',
    ]);
  });
});

describe('GET /v1/customers/{id}/why', () => {
  it('tells what holdfast why tells, as its schema says', async () => {
    const { call, path } = await withCustomer();
    const why = await bodyOf(await call('marketer', `${path}/why?campaign=bundle_care`), WHY);
    expect(why.campaigns).toMatchObject([{ campaign: 'bundle_care', triggers: [{ trigger: 'bundle_running_out' }] }]);
    const all = await bodyOf(await call('marketer', `${path}/why`), WHY);
    expect(all.campaigns.map(({ campaign }) => campaign)).toEqual([...POLICY.campaigns.keys()]);
    expect(all.decisions.length).toBeGreaterThan(0);
    const one = await bodyOf(await call('marketer', `${path}/why?offer=data_top_up_2gb`), WHY);
    const offers = one.campaigns.flatMap(({ triggers }) => triggers.flatMap(({ decision }) => decision?.offers ?? []));
    expect(new Set(offers.map(({ offer }) => offer))).toEqual(new Set(['data_top_up_2gb']));
  });

  it.each(['campaign', 'trigger', 'offer'])(
    'refuses a %s that the policy does not have, and says what it has',
    async (kind) => {
      const { call, path } = await withCustomer();
      const answer = await call('agent', `${path}/why?${kind}=nothing`);
      expect([answer.status, (await bodyOf(answer, PROBLEM)).detail]).toEqual([
        400,
        expect.stringContaining(`no ${kind} "nothing"`),
      ]);
    },
  );
});

describe('GET /v1/customers/{id}/export', () => {
  it('has all that was told and decided, names every part, and parts of other stores', async () => {
    const item = { itemId: 'i-1' };
    const { call, path, kept, told, customerId } = await withCustomer({
      exports: [
        { name: 'workItems', holds: 'Items of work lists.', read: async (id) => (id === customerId ? [item] : []) },
      ],
    });
    const answer = await call('auditor', `${path}/export`);
    expect(answer.headers.get('content-disposition')).not.toContain(customerId);
    const body = await bodyOf(answer, EXPORT);
    const byId = (events: readonly { eventId?: unknown }[]) =>
      [...events].sort((a, b) => (String(a.eventId) < String(b.eventId) ? -1 : 1));
    expect(byId(body.events)).toEqual(byId(kept));
    expect(body.decisions).toEqual(
      JSON.parse(JSON.stringify(told.decisions.toSorted((a, b) => b.decidedAt - a.decidedAt))),
    );
    expect(body).toMatchObject({ workItems: [item], profile: { household: { householdId: 'h-1' } } });
    const about = new Set(['format', 'version', 'exportedAt', 'customerId', 'has', 'hasNot', 'unreadable']);
    expect(
      Object.keys(body)
        .filter((part) => !about.has(part))
        .sort(),
    ).toEqual(Object.keys(body.has).sort());
  });

  it('is not made while records of him cannot be read', async () => {
    const unreadable = [{ message: 'the registry is away', isTemporary: true }];
    const { call, path } = await withCustomer({ records: async () => ({ decisions: [], events: [], unreadable }) });
    const answer = await call('auditor', `${path}/export`);
    expect([answer.status, (await bodyOf(answer, PROBLEM)).type]).toEqual([503, 'urn:holdfast:problem:records-away']);
  });

  it('breaks off, and is no JSON, where another store fails on the way', async () => {
    const read = () => Promise.reject(new Error('redis is away'));
    const { call, path } = await withCustomer({ exports: [{ name: 'workItems', holds: 'Items.', read }] });
    const answer = await call('auditor', `${path}/export`);
    await expect(answer.json()).rejects.toThrow();
  });
});

describe('in what campaigns do to find out whether they help', () => {
  /** Of the campaign that answers a request for suspension. */
  const isControl = (id: string) =>
    shareOf('campaign:save_desk', id) < (measured.campaigns.get('save_desk')?.holdout ?? 0);
  const isHeldOut = (id: string) => shareOf(measured.holdout.salt, id) < measured.holdout.share;

  function pick(isWanted: (id: string) => boolean): string {
    const ids = Array.from({ length: 1_000 }, freshCustomerId);
    const found = ids.find(isWanted);
    if (found === undefined) throw new Error('none of a thousand customers is on this side of the experiment');
    return found;
  }

  it.each<[string, Role, boolean, (id: string) => boolean]>([
    ['a control customer', 'agent', false, isControl],
    ['a control customer', 'supervisor', false, isControl],
    ['a control customer', 'marketer', true, isControl],
    ['a control customer', 'operator', true, isControl],
    ['a control customer', 'auditor', true, isControl],
    ['who is held out', 'agent', false, isHeldOut],
    ['who is held out', 'marketer', true, isHeldOut],
  ])('%s is known to the role %s: %s', async (_, role, isTold, isWanted) => {
    const { call, path } = await withCustomer({}, pick(isWanted), measured);
    const texts = await Promise.all(
      ['', '/timeline', '/why'].map(async (rest) => (await call(role, path + rest)).text()),
    );
    expect(texts.some((text) => /"(control|holdout|ghost|other-variant)"/.test(text))).toBe(isTold);
  });

  it('a treated customer has his variant and arm told to who measures, and to nobody at the desk', async () => {
    const { call, path } = await withCustomer(
      {},
      pick((id) => !isControl(id) && !isHeldOut(id)),
      measured,
    );
    const [desk, marketing] = [await call('agent', path), await call('marketer', path)];
    const arms = ({ enrolments }: z.output<typeof CUSTOMER_ANSWER>) => enrolments.map(({ arm }) => arm);
    expect(arms(await bodyOf(marketing, CUSTOMER_ANSWER))).toContain('treated');
    const shown = arms(await bodyOf(desk, CUSTOMER_ANSWER));
    expect([shown.length > 0, shown.every((arm) => arm === undefined)]).toEqual([true, true]);
  });
});
