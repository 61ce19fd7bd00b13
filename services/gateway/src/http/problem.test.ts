import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, sendProblem } from './problem.ts';

async function answerOf(config: { readonly errors?: 'tmf' }) {
  const app = Fastify({ genReqId: () => 'r/1' });
  app.get('/', { config }, (_request, reply) => sendProblem(reply, PROBLEMS.identityAway, 5));
  const answer = await app.inject('/');
  await app.close();
  return answer;
}

describe('an error answer', () => {
  it('is a problem document that names the request', async () => {
    const answer = await answerOf({});
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
      '5',
    ]);
    expect(answer.json()).toEqual({
      type: 'urn:holdfast:problem:identity-away',
      title: PROBLEMS.identityAway.title,
      status: 503,
      detail: PROBLEMS.identityAway.detail,
      instance: 'urn:holdfast:request:r%2F1',
    });
  });

  it('is an Error of TM Forum on a route of theirs', async () => {
    const answer = await answerOf({ errors: 'tmf' });
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
      503,
      'application/json; charset=utf-8',
      '5',
    ]);
    expect(answer.json()).toEqual({
      '@type': 'Error',
      code: 'identity-away',
      reason: PROBLEMS.identityAway.title,
      message: PROBLEMS.identityAway.detail,
      status: '503',
    });
  });
});
