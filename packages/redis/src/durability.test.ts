import { describe, expect, it } from 'vitest';
import { durabilityIn } from './durability.ts';

describe('what a write can be waited for', () => {
  it.each([
    ['a replica, whatever the version', '7.0.15', '1', '1', 'replica'],
    ['the disk from Redis 7.2 on', '7.2.0', '0', '1', 'disk'],
    ['the disk on a later one', '8.0.1', '0', '1', 'disk'],
    ['nothing before it', '7.0.15', '0', '1', 'nothing'],
    ['nothing without the append-only file', '7.2.4', '0', '0', 'nothing'],
  ])('is %s', (_, version, replicas, aof, expected) => {
    const info = `redis_version:${version}\r\nconnected_slaves:${replicas}\r\naof_enabled:${aof}\r\n`;
    expect(durabilityIn(info)).toBe(expected);
  });

  it('is nothing where INFO is forbidden', () => {
    expect(durabilityIn('')).toBe('nothing');
  });
});
