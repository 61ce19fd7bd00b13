import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identityOf, isSameProcess, newState, parseState, readState, status, withLock, writeState } from './index.mjs';

const NEVER_A_PID = 2 ** 22 + 1;

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'state-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe('the state file', () => {
  it('gives back what was written', () => {
    const dir = folder();
    const state = { ...newState('native'), services: { redis: { port: 6379, pid: 12, identity: 'boot:1' } } };
    writeState(dir, state);
    expect(readState(dir)).toEqual(state);
  });

  it('is nothing where no stack was started', () => {
    expect(readState(folder())).toBeNull();
  });

  it.each(['', '{"layout":1,"serv', '{"layout":0,"services":{}}', 'null', '{"layout":1}'])(
    'is nothing when it is torn or of another layout: %j',
    (text) => {
      expect(parseState(text)).toBeNull();
    },
  );

  it('names every stack differently, so that two clones never share containers', () => {
    expect(newState('containers').id).not.toBe(newState('containers').id);
  });
});

describe('recorded processes', () => {
  it('knows its own process', () => {
    expect(isSameProcess({ pid: process.pid, identity: identityOf(process.pid) })).toBe(true);
  });

  it('takes a later owner of the pid for what it is', () => {
    expect(isSameProcess({ pid: process.pid, identity: 'another boot:77' })).toBe(false);
  });

  it('takes a process that is gone for gone', () => {
    expect(identityOf(NEVER_A_PID)).toBeNull();
    expect(isSameProcess({ pid: NEVER_A_PID, identity: 'boot:1' })).toBe(false);
  });

  it('never mistakes a service without a recorded identity for a running one', () => {
    expect(isSameProcess({ pid: NEVER_A_PID, identity: null }, () => null)).toBe(false);
    expect(isSameProcess(undefined)).toBe(false);
  });
});

describe('the status of a stack', () => {
  const gone = { port: 1, pid: NEVER_A_PID, identity: 'boot:1' };
  const alive = { port: 2, pid: process.pid, identity: identityOf(process.pid) ?? '' };

  it('is down when every recorded process is gone, whatever the file says', async () => {
    const dir = folder();
    writeState(dir, { ...newState('native'), phase: 'up', services: { kafka: gone, registry: gone, redis: gone } });
    expect((await status({ dir })).phase).toBe('down');
  });

  it('is partial when one process is gone, and says which', async () => {
    const dir = folder();
    writeState(dir, { ...newState('native'), phase: 'up', services: { kafka: gone, registry: alive, redis: alive } });
    const found = await status({ dir });
    expect(found.phase).toBe('partial');
    expect(found.services.kafka?.running).toBe(false);
  });

  it('is partial after an interrupted start, even though everything runs', async () => {
    const dir = folder();
    const services = { kafka: alive, registry: alive, redis: alive };
    writeState(dir, { ...newState('native'), phase: 'starting', services });
    expect((await status({ dir })).phase).toBe('partial');
  });
});

describe('the lock of a stack', () => {
  it('lets one command work at a time', async () => {
    const dir = folder();
    const order: string[] = [];
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const first = withLock(dir, async () => {
      order.push('first in');
      entered.resolve();
      await release.promise;
      order.push('first out');
    });
    await entered.promise;
    const second = withLock(dir, async () => order.push('second in'), { report: () => release.resolve() });
    await Promise.all([first, second]);
    expect(order).toEqual(['first in', 'first out', 'second in']);
  });

  it('takes over the lock of a process that is gone', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'stack.lock'), JSON.stringify({ pid: NEVER_A_PID, identity: 'boot:1' }));
    expect(await withLock(dir, async () => 'done', { withinMs: 2_000 })).toBe('done');
  });

  it('gives up with words when the lock is never given back', async () => {
    const dir = folder();
    const lock = { pid: process.pid, identity: identityOf(process.pid) };
    writeFileSync(join(dir, 'stack.lock'), JSON.stringify(lock));
    await expect(withLock(dir, async () => 'done', { withinMs: 150 })).rejects.toThrow(/still works on the stack/);
  });
});
