import { readFileSync } from 'node:fs';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { README, withAccessTable } from '../../test/access-table.ts';
import { createGateway } from '../gateway.ts';
import type { HttpApp } from '../http/face.ts';
import { ACCESS, PUBLIC, ROLES } from './roles.ts';

describe('the table of who may use what', () => {
  it('names a method, an address and roles that exist', () => {
    for (const [route, access] of Object.entries(ACCESS)) {
      expect(route).toMatch(/^(GET|POST|PATCH|PUT|DELETE) \/\S*$/);
      if (access === PUBLIC) continue;
      expect(access.length).toBeGreaterThan(0);
      expect(access.filter((role) => !ROLES.includes(role))).toEqual([]);
    }
  });

  it('is in the README (else: node services/gateway/test/access-table.ts --write)', () => {
    const readme = readFileSync(README, 'utf8');
    expect(readme).toBe(withAccessTable(readme));
  });

  it.each<[string, (app: HttpApp) => void]>([
    ['a route that is not in it', (app) => app.get('/v1/secrets', async () => ({}))],
    ['another method of a listed address', (app) => app.delete('/v1/alerts', async () => ({}))],
    [
      'one of two methods',
      (app) => app.route({ method: ['GET', 'PUT'], url: '/v1/alerts', handler: async () => ({}) }),
    ],
    ['a handler for preflights', (app) => app.options('/v1/alerts', async () => ({}))],
    ['a route for every method', (app) => app.all('/v1/alerts', async () => ({}))],
  ])('keeps the gateway from starting with %s', async (_title, routes) => {
    const gateway = await createGateway(
      {
        faces: [{ name: 'surplus', routes }],
        authenticate: () => ({ kind: 'absent' }),
        metrics: createMetrics({ service: 'gateway' }),
        health: createHealth(),
        logger: createLogger({ service: 'gateway', level: 'silent' }),
        requestSeen: () => {},
      },
      { host: '127.0.0.1', port: 0 },
    );
    await expect(gateway.start()).rejects.toThrow(/is not in the table of who may use what/);
  });
});
