import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

const ADDRESSES = {
  HOLDFAST_KAFKA_BROKERS: '127.0.0.1:9092',
  HOLDFAST_REGISTRY_URL: 'http://127.0.0.1:8081',
  HOLDFAST_REDIS_URL: 'redis://127.0.0.1:6379',
};

it.each([
  [undefined, 300_000],
  ['0', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
])('learning every %s is every %d ms', (text, everyMs) => {
  const every = text === undefined ? {} : { HOLDFAST_LEARN_EVERY: text };
  expect(readConfig({ ...ADDRESSES, ...every }).learnEveryMs).toBe(everyMs);
});

it.each(['5', '5d', '-1m', '0s', '25h', 'often'])('learning every %j refuses to start', (text) => {
  expect(() => readConfig({ ...ADDRESSES, HOLDFAST_LEARN_EVERY: text })).toThrow('HOLDFAST_LEARN_EVERY');
});
