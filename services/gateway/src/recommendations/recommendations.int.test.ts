import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventOf } from '../../test/known-customers.ts';
import {
  COLLECTION,
  complaint,
  OPERATOR,
  party,
  useRecommendations,
  valueIn,
} from '../../test/recommendations-world.ts';
import type { SightOf } from '../security/sight.ts';

const { started, customer } = useRecommendations('recommendations');

describe('POST /v1/recommendations', () => {
  it('says what to offer, ranked, with script, reasons, value and validity', async () => {
    const { call, noted } = await started();
    const customerId = await customer();
    const { status, body } = await call('POST', '/v1/recommendations', { customerId });
    expect(status).toBe(200);
    expect(body).toMatchObject({ customerId, serviceFirst: null, channel: 'call-centre', language: 'en', lost: [] });
    expect(body.actions[0]).toMatchObject({
      campaign: 'bundle_care',
      title: expect.stringMatching(/\w/),
      script: expect.stringMatching(/\w/),
      reason: expect.stringMatching(/^85 % of the data bundle/),
      isPending: true,
    });
    expect(body.actions[0].validUntil).toBeGreaterThan(Date.now());
    expect(noted).toEqual([{ action: 'recommendation.create', customerId }]);
  });

  it('answers an open complaint, and a call to complain, with care', async () => {
    const { call } = await started();
    const complaining = await customer(8_500, complaint);
    const asked = async (customerId: string, reason?: string) =>
      (await call('POST', '/v1/recommendations', { customerId, ...(reason ? { reason } : {}), includeLost: true }))
        .body;
    const open = await asked(complaining);
    expect(open.actions.map((action: { kind: string }) => action.kind)).toEqual(['service']);
    expect(open).toMatchObject({ serviceFirst: 'complaint-open' });
    expect(open.lost).toContainEqual(expect.objectContaining({ because: 'complaint-open' }));
    expect((await asked(await customer(), 'complaint')).serviceFirst).toBe('reason');
  });

  it('says of an alert that waits why it was made, though its event is over', async () => {
    const { call } = await started();
    const customerId = await customer(100, (id) => [
      eventOf('SuspensionRequested', id, Date.now(), {
        ...{ subscriptionId: 'line-7', requestId: 'r-1', channel: 'online', reason: 'too dear', effectiveAt: null },
      }),
    ]);
    const said = await call('POST', '/v1/recommendations', { customerId });
    const reason = 'The customer asked to suspend line line-7. Reason given: too dear.';
    expect(said.body.actions).toMatchObject([
      { offer: 'save_plan', trigger: 'suspension_requested', isPending: true, reason },
    ]);
    const tmf = await call('POST', COLLECTION, party(customerId));
    const [item] = tmf.body.recommendationItem;
    expect(valueIn(item.product.productCharacteristic, 'reason')).toBe(reason);
  });

  it('gives the same contact ids under the same request id', async () => {
    const { call } = await started();
    const customerId = await customer(100, complaint);
    const ids = async (requestId: string) =>
      (await call('POST', '/v1/recommendations', { customerId, requestId })).body.actions.map(
        (action: { contactId: string }) => action.contactId,
      );
    const first = await ids('call-1');
    expect(first).toHaveLength(1);
    expect(await ids('call-1')).toEqual(first);
    expect(await ids('call-2')).not.toEqual(first);
  });

  it('is found by the contact of an action, for whoever takes its outcome', async () => {
    const { call, contact } = await started();
    const customerId = await customer(100, complaint);
    const { body } = await call('POST', '/v1/recommendations', { customerId });
    const [{ contactId }] = body.actions;
    expect(await contact(customerId, contactId)).toEqual({
      ...{ campaign: 'complaint_care', offer: 'complaint_follow_up', category: 'service', channel: 'call-centre' },
      ...{ arm: 'treated', sendAt: body.decidedAt, segment: body.segment, probability: 1 },
    });
    expect(await contact('another', contactId)).toBeUndefined();
    expect(await contact(customerId, 'another')).toBeUndefined();
  });

  it.each([
    [{}, 'customerId'],
    [{ customerId: '' }, 'customerId'],
    [{ customerId: 'c'.repeat(129) }, 'customerId'],
    [{ customerId: 'c', maximum: 11 }, 'maximum'],
    [{ customerId: 'c', maximum: 0 }, 'maximum'],
    [{ customerId: 'c', reason: 'A complaint!' }, 'reason'],
    [{ customerId: 'c', language: 'english please' }, 'language'],
    [{ customerId: 'c', categories: ['gifts'] }, 'categories'],
    [{ customerId: 'c', inHand: Array.from({ length: 51 }, () => 'x') }, 'inHand'],
    [{ customerId: 'c', surprise: true }, 'surprise'],
  ])('refuses %j and names the field', async (body, field) => {
    const { call } = await started();
    const answer = await call('POST', '/v1/recommendations', body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(field);
  });

  it('answers 413 to a body that is no question, and 403 to who is no agent', async () => {
    const { call } = await started();
    expect((await call('POST', '/v1/recommendations', `"${'x'.repeat(70_000)}"`)).status).toBe(413);
    const other = await call('POST', '/v1/recommendations', { customerId: 'c' }, { 'x-api-key': OPERATOR });
    expect(other.status).toBe(403);
  });

  it('does not tell somebody it may not show from nobody', async () => {
    const sightOf: SightOf = () => ({ customer: ({ city }) => city !== 'Xiamen', work: () => true });
    const { call, noted } = await started({ sightOf });
    const hidden = await call('POST', '/v1/recommendations', { customerId: await customer() });
    const nobody = await call('POST', '/v1/recommendations', { customerId: randomUUID() });
    expect(hidden.status).toBe(404);
    // Each names its own request.
    expect(hidden.body).toEqual({ ...nobody.body, instance: hidden.body.instance });
    expect(noted).toEqual([]);
  });

  it('shows nothing that could not be noted, and asks to try again', async () => {
    const { call } = await started({ audit: () => Promise.reject(new Error('no broker')) });
    const answer = await call('POST', '/v1/recommendations', { customerId: await customer() });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(JSON.stringify(answer.body)).not.toContain('script');
  });

  it('asks to try again where customers cannot be looked at', async () => {
    const { call, metrics } = await started({ read: async () => ({ kind: 'away', why: 'no Redis' }) });
    const answer = await call('POST', '/v1/recommendations', { customerId: 'c' });
    expect(answer.status).toBe(503);
    expect(answer.body.code ?? answer.body.type).toContain('recommendations-away');
    expect((await metrics.render()).toString()).toMatch(/recommendations_total{outcome="away".*} 1/);
  });

  it('says nothing of the customer in logs and metrics', async () => {
    const { call, lines, metrics } = await started();
    const customerId = await customer();
    await call('POST', '/v1/recommendations', { customerId });
    const written = lines.join('\n') + (await metrics.render()).toString();
    expect(written).toContain('/v1/recommendations');
    expect(written).not.toContain(customerId);
  });
});
