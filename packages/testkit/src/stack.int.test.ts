import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canConnect, httpGet, isPortFree, redisCall } from '../../../infra/stack/index.mjs';
import { type Stack, startStack } from './stack.ts';

const portOf = (address: string) => Number(address.split(':').at(-1));

describe('the stack of a run', () => {
  it('offers a broker, a registry and a Redis that answer', async () => {
    const { brokers, registryUrl, redisUrl } = inject('stack');
    expect(await canConnect(portOf(brokers[0] ?? ''))).toBe(true);
    expect((await httpGet(`${registryUrl}/subjects`))?.status).toBe(200);
    expect(await redisCall(portOf(redisUrl), ['PING'])).toBe('PONG');
  });
});

describe('a stack of a test of its own', () => {
  let stack: Stack;
  let redisPort: number;
  let brokerPort: number;

  beforeAll(async () => {
    stack = await startStack();
    redisPort = portOf(stack.redisUrl);
    brokerPort = portOf(stack.brokers[0] ?? '');
  });

  afterAll(() => stack?.stop());

  it('keeps away from the stack of the run', () => {
    expect(stack.redisUrl).not.toBe(inject('stack').redisUrl);
    expect(stack.brokers).not.toEqual(inject('stack').brokers);
  });

  it('runs Redis as the engine demands it: append-only and never evicting', async () => {
    expect(await redisCall(redisPort, ['CONFIG', 'GET', 'appendonly'])).toBe('appendonly\nyes');
    expect(await redisCall(redisPort, ['CONFIG', 'GET', 'maxmemory-policy'])).toBe('maxmemory-policy\nnoeviction');
  });

  it('gives Redis back on its port with its data after a stop', async () => {
    await redisCall(redisPort, ['SET', 'kept', 'over a stop']);
    await stack.redis.stop();
    expect(await redisCall(redisPort, ['PING'])).toBeNull();
    await stack.redis.start();
    expect(await redisCall(redisPort, ['GET', 'kept'])).toBe('over a stop');
  });

  it('gives Redis back after a kill', async () => {
    await stack.redis.kill();
    expect(await redisCall(redisPort, ['PING'])).toBeNull();
    await stack.redis.start();
    expect(await redisCall(redisPort, ['PING'])).toBe('PONG');
  });

  it('freezes Redis, which then accepts connections and answers nothing, and thaws it', async () => {
    await stack.redis.freeze();
    expect(await redisCall(redisPort, ['PING'], { timeoutMs: 300 })).toBeNull();
    await stack.redis.thaw();
    expect(await redisCall(redisPort, ['PING'])).toBe('PONG');
  });

  it('wipes Redis', async () => {
    await redisCall(redisPort, ['SET', 'doomed', '1']);
    await stack.redis.wipe();
    expect(await redisCall(redisPort, ['DBSIZE'])).toBe('0');
  });

  it('stops the registry and starts it again with what it was told', async () => {
    const config = `${stack.registryUrl}/config`;
    const body = JSON.stringify({ compatibility: 'BACKWARD' });
    await fetch(config, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
    await stack.registry.stop();
    expect(await httpGet(config, 500)).toBeNull();
    await stack.registry.start();
    expect((await httpGet(config))?.body).toContain('BACKWARD');
  });

  it('stops the broker and starts it again on its port', async () => {
    await stack.broker.stop();
    expect(await canConnect(brokerPort)).toBe(false);
    await stack.broker.start();
    expect(await canConnect(brokerPort)).toBe(true);
  });

  it('leaves nothing behind when it is stopped', async () => {
    await stack.stop();
    expect(await isPortFree(redisPort)).toBe(true);
    expect(await isPortFree(brokerPort)).toBe(true);
  });
});
