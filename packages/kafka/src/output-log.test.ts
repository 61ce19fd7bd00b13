import { describe, expect, it } from 'vitest';
import { createLanes } from './output-log.ts';

describe('lanes', () => {
  it('run calls of one lane one after the other and of two lanes side by side', async () => {
    const lanes = createLanes();
    const events: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = lanes('a', async () => {
      events.push('a1 begins');
      await gate.promise;
      events.push('a1 ends');
    });
    const second = lanes('a', async () => void events.push('a2'));
    await lanes('b', async () => void events.push('b1'));
    expect(events).toEqual(['a1 begins', 'b1']);
    gate.resolve();
    await Promise.all([first, second]);
    expect(events).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
  });

  it('go on after a failure, which only its caller hears of', async () => {
    const lanes = createLanes();
    const failing = lanes('a', () => Promise.reject(new Error('first')));
    const next = lanes('a', async () => 'second');
    await expect(failing).rejects.toThrow('first');
    expect(await next).toBe('second');
  });
});
