import Fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { describe, expect, it } from 'vitest';
import type { HttpApp } from '../http/face.ts';
import { erasureRoutes } from './erasure-routes.ts';

async function erasedBy(desks: readonly string[] | undefined) {
  const app = Fastify().withTypeProvider<ZodTypeProvider>() as HttpApp;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    request.principal = { id: 'k', kind: 'key', roles: ['operator'], ...(desks && { desks }) };
  });
  const done: string[] = [];
  erasureRoutes(app, {
    audit: async (_request, { action }) => void done.push(action),
    desk: {
      async erase(customerId) {
        done.push(customerId);
        return { kind: 'begun', place: { partition: 1, offset: 2 }, isDone: true };
      },
      isDone: async () => true,
      close: async () => undefined,
    },
    failed: () => undefined,
  });
  const answer = await app.inject({ method: 'POST', url: '/v1/customers/c-1/erase' });
  await app.close();
  return { status: answer.statusCode, done };
}

describe('an erasure', () => {
  it('is for who is bound to no desk', async () => {
    expect(await erasedBy(undefined)).toEqual({ status: 200, done: ['customer.erase', 'c-1'] });
    expect(await erasedBy(['care'])).toEqual({ status: 403, done: [] });
  });
});
