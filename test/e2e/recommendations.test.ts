import { randomUUID } from 'node:crypto';
import { armOf } from '@holdfast/decisions';
import { partitionOf } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY } from '@holdfast/events';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createShardStore } from '@holdfast/redis';
import { LEARNING_KPI, STATE_LAYOUT } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type SystemUnderTest, systemUnderTest } from './system-under-test.ts';

const PARTITIONS = 8;
const CAMPAIGN = 'complaint_care';
const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const campaign = folder.policy.campaigns.get(CAMPAIGN);

let system: SystemUnderTest;
beforeAll(async () => {
  system = await systemUnderTest();
});
afterAll(() => system?.close());

async function call(path: string, key: string, body: unknown, type = 'application/json') {
  const response = await fetch(system.gatewayUrl + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': type },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function tell(kind: string, type: string, customerId: string, data: object): Promise<void> {
  const answer = await call(
    '/v1/events',
    system.producerKey,
    {
      ...{ specversion: '1.0', id: randomUUID(), source: 'desk', type: `io.holdfast.${kind}.${type}.v1` },
      ...{ subject: customerId, time: new Date().toISOString(), data },
    },
    'application/cloudevents+json',
  );
  expect(answer.status).toBe(202);
}

/** What a customer's shard has counted under a hash, in the cells that end with a word. */
async function counted(customerId: string, hash: string, word: string): Promise<number> {
  const store = createShardStore({ url: inject('stack').redisUrl, codecVersion: STATE_LAYOUT });
  try {
    const partition = partitionOf(Buffer.from(customerId), PARTITIONS);
    const cells = await store.readKpis({ topology: CUSTOMER_TOPOLOGY, partition }, hash);
    return Object.entries(cells).reduce((sum, [cell, count]) => (cell.endsWith(`|${word}`) ? sum + count : sum), 0);
  } finally {
    await store.close();
  }
}

async function recorded(customerId: string, contactId: string | undefined, outcome: string): Promise<void> {
  const { status } = await call('/v1/outcomes', system.agentKey, { customerId, contactId, outcome });
  expect(status).toBe(202);
}

/** Of a system that runs already the figures cannot be read from here. */
const isStartedHere = process.env.HOLDFAST_E2E_GATEWAY_URL === undefined;

/** A caller whose complaint is folded, and what was recommended for him. */
async function recommendedTo(customerId: string): Promise<Record<string, string>> {
  if (campaign === undefined || armOf(campaign, customerId, undefined) !== 'treated') throw new Error('not treated');
  await tell('churn', 'ComplaintFiled', customerId, { complaintId: 'c-1', topic: 'coverage' });
  let action: Record<string, string> = {};
  await eventually('the complaint is folded', async () => {
    const { status, body } = await call('/v1/recommendations', system.agentKey, { customerId, requestId: 'call-1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ serviceFirst: 'complaint-open', actions: [{ campaign: CAMPAIGN }] });
    [action = {}] = body.actions as Record<string, string>[];
  });
  return action;
}

describe('an agent who asks what to offer', () => {
  const caller = () => `caller-${randomUUID().slice(0, 8)}`;

  it('is told of nobody, then of a complaint as soon as it is folded, by either address', async () => {
    const customerId = caller();
    expect((await call('/v1/recommendations', system.agentKey, { customerId })).status).toBe(404);
    const action = await recommendedTo(customerId);
    const tmf = await call('/tmf-api/recommendationManagement/v4/queryProductRecommendation', system.agentKey, {
      relatedParty: { id: customerId, role: 'customer', '@referredType': 'Customer' },
      characteristic: [{ name: 'requestId', value: 'call-1' }],
    });
    expect(tmf).toMatchObject({
      status: 201,
      body: { state: 'done', recommendationItem: [{ id: action.contactId, productOffering: { id: action.offer } }] },
    });
  });

  it.runIf(isStartedHere)('sees what he presents in the figures of the campaign', async () => {
    const customerId = caller();
    const { contactId, offer, channel, category } = await recommendedTo(customerId);
    const before = await counted(customerId, CAMPAIGN, 'presented');
    await tell('interaction', 'OfferPresented', customerId, {
      ...{ contactId, offer, campaign: CAMPAIGN, channel, category, arm: 'treated', agent: 'agent-1' },
    });
    await eventually('the presentation is counted', async () =>
      expect(await counted(customerId, CAMPAIGN, 'presented')).toBe(before + 1),
    );
  });

  it.runIf(isStartedHere)('has what he presents learnt from, once, and nothing that he does not present', async () => {
    const customerId = caller();
    const { contactId } = await recommendedTo(customerId);
    const figures = async () => ({
      unanswered: await counted(customerId, CAMPAIGN, 'no_answer'),
      treated: await counted(customerId, LEARNING_KPI, 'complaint_follow_up|other|treated'),
      accepted: await counted(customerId, LEARNING_KPI, 'complaint_follow_up|other|accepted'),
    });
    const before = await figures();
    await recorded(customerId, contactId, 'no_answer');
    const unanswered = before.unanswered + 1;
    await eventually('the call that nobody answered is counted, and is no trial', async () =>
      expect(await figures()).toEqual({ ...before, unanswered }),
    );
    for (const outcome of ['presented', 'presented', 'accepted']) await recorded(customerId, contactId, outcome);
    await eventually('the acceptance is learnt from', async () =>
      expect(await figures()).toEqual({ unanswered, treated: before.treated + 1, accepted: before.accepted + 1 }),
    );
  });
});
