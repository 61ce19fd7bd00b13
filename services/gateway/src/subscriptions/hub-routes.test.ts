import Fastify, { type FastifyRequest } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { describe, expect, it } from 'vitest';
import type { HttpApp } from '../http/face.ts';
import type { HubEvents, HubSubscribed } from './hub-events.ts';
import { hubRoutes } from './hub-routes.ts';

const BASE = '/tmf-api/partyInteraction/v4';

function routes(answer: HubSubscribed = { kind: 'subscribed', id: 'sub_1' }, desks?: readonly string[]) {
  const app = Fastify().withTypeProvider<ZodTypeProvider>() as HttpApp;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, errors: 'tmf' };
  });
  app.addHook('onRequest', async (request: FastifyRequest) => {
    request.principal = { id: 'k', kind: 'key', roles: ['operator'], ...(desks && { desks }) };
  });
  const asked: unknown[] = [];
  const hub: Pick<HubEvents, 'subscribe' | 'unsubscribe'> = {
    async subscribe(...of) {
      asked.push(of);
      return answer;
    },
    unsubscribe: async (_api, id) => id === 'sub_1',
  };
  hubRoutes(app, 'TMF683', BASE, hub);
  const post = (payload: object) => app.inject({ method: 'POST', url: `${BASE}/hub`, payload });
  const remove = (id: string) => app.inject({ method: 'DELETE', url: `${BASE}/hub/${id}` });
  return { asked, post, remove };
}

describe('the hub of a TM Forum interface', () => {
  it('registers a listener and answers what it is called', async () => {
    const { post, asked } = routes();
    const answer = await post({ callback: 'https://l.example/x', query: 'eventType=A' });
    expect([answer.statusCode, answer.headers.location]).toEqual([201, `${BASE}/hub/sub_1`]);
    expect(answer.json()).toEqual({ id: 'sub_1', callback: 'https://l.example/x', query: 'eventType=A' });
    expect(asked).toEqual([['TMF683', { callback: 'https://l.example/x', query: 'eventType=A' }]]);
    expect((await post({ callback: 'https://l.example/x' })).json()).toEqual({
      id: 'sub_1',
      callback: 'https://l.example/x',
    });
  });

  it.each<[HubSubscribed, number, string]>([
    [{ kind: 'refused', reason: 'callback must begin with https://' }, 400, 'bad-listener'],
    [{ kind: 'full' }, 503, 'too-many-listeners'],
  ])('that answers %j says so as the interface has it', async (subscribed, status, code) => {
    const answer = await routes(subscribed).post({ callback: 'x' });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ '@type': 'Error', code, reason: expect.any(String), status: String(status) });
    expect(answer.json().message).not.toBe('');
  });

  it('removes a listener, and does not know one that is gone', async () => {
    const { remove } = routes();
    expect(await remove('sub_1').then(({ statusCode, body }) => [statusCode, body])).toEqual([204, '']);
    expect((await remove('sub_2')).statusCode).toBe(404);
  });

  it('is closed to whoever sees some desks only', async () => {
    const { post, remove, asked } = routes(undefined, ['care']);
    expect([(await post({ callback: 'x' })).statusCode, (await remove('sub_1')).statusCode, asked]).toEqual([
      403,
      403,
      [],
    ]);
  });
});
