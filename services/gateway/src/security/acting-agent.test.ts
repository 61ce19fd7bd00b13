import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { actingAgent } from './acting-agent.ts';
import type { Principal } from './principal.ts';

function agentOf(principal: Pick<Principal, 'kind'> | null, header?: string | string[]): string {
  const headers = header === undefined ? {} : { 'x-holdfast-agent': header };
  const who = principal && { id: 'crm', roles: ['agent'], ...principal };
  return actingAgent({ principal: who, headers } as unknown as FastifyRequest);
}

describe('the agent who acts', () => {
  it.each([
    ['key', 'a.jung', 'a.jung'],
    ['key', 'a'.repeat(128), 'a'.repeat(128)],
    ['key', 'a'.repeat(129), 'crm'],
    ['key', '', 'crm'],
    ['key', 'a jung', 'crm'],
    ['key', 'a\r\nset-cookie: x', 'crm'],
    ['key', ['a', 'b'], 'crm'],
    ['key', undefined, 'crm'],
    ['person', 'a.jung', 'crm'],
  ] as const)('by a %s with the header %j is %s', (kind, header, agent) => {
    expect(agentOf({ kind }, header as string | string[] | undefined)).toBe(agent);
  });

  it('is nobody on a public route', () => {
    expect(() => agentOf(null)).toThrow(/public/);
  });
});
