import { describe, expect, it } from 'vitest';
import type { AppendOutcome } from './event-intake.ts';
import { createPressure, underPressure } from './pressure.ts';

function clocked() {
  let now = 0;
  const pressure = createPressure(() => now);
  const pass = (ms: number) => {
    now += ms;
  };
  const outcomes = (kind: 'accepted' | 'unavailable' | 'overloaded', count: number) =>
    Array.from(
      { length: count },
      () => ({ kind, message: '', place: { topic: 't', partition: 0, offset: 0 } }) as AppendOutcome,
    );
  return { pressure, outcomes, pass };
}

describe('how long to wait before sending again', () => {
  it('is what waits at the rate of the last seconds', () => {
    const { pressure, outcomes, pass } = clocked();
    for (let second = 0; second < 10; second += 1) {
      pressure.started(1_000);
      pass(1_000);
      pressure.finished(outcomes('accepted', 1_000));
    }
    expect(pressure.busySeconds()).toBe(1);
    pressure.started(9_500);
    expect(pressure.busySeconds()).toBe(10);
    pressure.started(1_000_000);
    expect(pressure.busySeconds()).toBe(60);
  });

  it('is short where nobody knows the rate', () => {
    const { pressure } = clocked();
    pressure.started(50_000);
    expect(pressure.busySeconds()).toBe(2);
  });

  it('grows with the time that the log has been away, and ends when it takes something', () => {
    const { pressure, outcomes, pass } = clocked();
    expect(pressure.awaySeconds()).toBe(2);
    pressure.finished(outcomes('unavailable', 3));
    pass(20_000);
    expect(pressure.awaySeconds()).toBe(10);
    pass(200_000);
    expect(pressure.awaySeconds()).toBe(30);
    pressure.finished(outcomes('overloaded', 1));
    expect(pressure.awaySeconds()).toBe(30);
    pressure.finished(outcomes('accepted', 1));
    expect(pressure.awaySeconds()).toBe(2);
  });

  it('is told by the append itself', async () => {
    const { pressure, outcomes, pass } = clocked();
    const append = underPressure(async (events: readonly number[]) => outcomes('unavailable', events.length), pressure);
    expect(await append([1, 2])).toHaveLength(2);
    pass(20_000);
    expect(pressure.awaySeconds()).toBe(10);
  });
});
