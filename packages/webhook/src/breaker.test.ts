import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Admission, type Breaker, createBreaker } from './breaker.ts';

const PLAN = { failures: 3, openMs: 1_000, maxOpenMs: 5_000 };

function setUp() {
  const clock = { nowMs: 1_000_000 };
  return { clock, breaker: createBreaker(PLAN, () => clock.nowMs) };
}

function permitted(admission: Admission) {
  if (admission.kind !== 'permit') throw new Error('no permit was given');
  return admission;
}

function fail(breaker: Breaker, times = 1): void {
  for (let time = 0; time < times; time++) permitted(breaker.admit()).settle({ kind: 'failed' });
}

describe('a breaker', () => {
  it('opens after failures in a row, and an answer between them starts the count anew', () => {
    const { breaker, clock } = setUp();
    fail(breaker, 2);
    permitted(breaker.admit()).settle({ kind: 'answered' });
    fail(breaker, 2);
    expect(breaker.state()).toBe('closed');
    fail(breaker);
    expect(breaker.state()).toBe('open');
    expect(breaker.admit()).toEqual({ kind: 'wait', untilMs: clock.nowMs + 1_000 });
  });

  it('lets one probe through when its time is up, and closes when the probe is answered', () => {
    const { breaker, clock } = setUp();
    fail(breaker, 3);
    clock.nowMs += 1_000;
    expect(breaker.state()).toBe('half-open');
    const probe = permitted(breaker.admit());
    expect(breaker.admit().kind).toBe('wait');
    probe.settle({ kind: 'answered' });
    expect(breaker.state()).toBe('closed');
    expect(breaker.admit().kind).toBe('permit');
  });

  it('stays open twice as long with each failed probe, up to a bound', () => {
    const { breaker, clock } = setUp();
    fail(breaker, 3);
    const openings = [1_000, 2_000, 4_000, 5_000, 5_000];
    for (const openMs of openings) {
      expect(breaker.admit()).toEqual({ kind: 'wait', untilMs: clock.nowMs + openMs });
      clock.nowMs += openMs;
      fail(breaker);
    }
  });

  it('opens at once until the time a provider names', () => {
    const { breaker, clock } = setUp();
    permitted(breaker.admit()).settle({ kind: 'failed', notBeforeMs: clock.nowMs + 60_000 });
    expect(breaker.admit()).toEqual({ kind: 'wait', untilMs: clock.nowMs + 60_000 });
  });

  it('hears only the probe: calls from before the opening say nothing of the provider now', () => {
    const { breaker, clock } = setUp();
    const slow = permitted(breaker.admit());
    const slower = permitted(breaker.admit());
    fail(breaker, 3);
    slow.settle({ kind: 'answered' });
    expect(breaker.state()).toBe('open');
    clock.nowMs += 1_000;
    slower.settle({ kind: 'failed' });
    expect(breaker.state()).toBe('half-open');
  });

  it('gives the place of an unused probe to the next', () => {
    const { breaker, clock } = setUp();
    fail(breaker, 3);
    clock.nowMs += 1_000;
    permitted(breaker.admit()).settle({ kind: 'unused' });
    expect(breaker.admit().kind).toBe('permit');
  });

  it('never lets a second call through while it is not closed, and always opens a way back', () => {
    const moves = array(constantFrom('admit', 'answered', 'failed', 'wait'), { maxLength: 60 });
    assert(
      property(moves, (steps) => {
        const { breaker, clock } = setUp();
        const underWay: { readonly isProbe: boolean; readonly permit: Extract<Admission, { kind: 'permit' }> }[] = [];
        for (const step of steps) {
          if (step === 'wait') clock.nowMs += 700;
          else if (step !== 'admit') underWay.shift()?.permit.settle({ kind: step });
          else {
            const isProbe = breaker.state() !== 'closed';
            const admission = breaker.admit();
            if (admission.kind === 'wait') expect(admission.untilMs).toBeGreaterThan(clock.nowMs);
            else underWay.push({ isProbe, permit: admission });
          }
          expect(underWay.filter(({ isProbe }) => isProbe).length).toBeLessThanOrEqual(1);
        }
        for (const { permit } of underWay) permit.settle({ kind: 'unused' });
        clock.nowMs += PLAN.maxOpenMs;
        expect(breaker.admit().kind).toBe('permit');
      }),
    );
  });
});
