import { describe, expect, it } from 'vitest';
import { binomial, seededRandom } from '../test/random.ts';
import { logGamma } from './log-gamma.ts';
import { ALARM_BELOW, checkRatio } from './ratio-alarm.ts';

describe('logGamma', () => {
  it.each([
    [0.5, 0.5723649429247001],
    [1, 0],
    [2, 0],
    [3.7, 1.4280723266653883],
    [10, 12.801827480081469],
    [100.5, 361.4355404677312],
    [1e6, 12815504.569147902],
  ])('of %d is that of the tables', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, expected));
  });
});

/** Whether a campaign of so many days raises the alarm at any daily look. */
function everAlarms(
  random: () => number,
  { share, drawn, days }: { share: number; drawn: number; days: number },
): boolean {
  let [treated, control] = [0, 0];
  for (let day = 0; day < days; day++) {
    const more = binomial(random, 50, drawn);
    control += more;
    treated += 50 - more;
    const arms = [
      { arm: 'treated', n: treated, share: 1 - share },
      { arm: 'control', n: control, share },
    ];
    if (checkRatio('arms', arms).isAlarm) return true;
  }
  return false;
}

describe('the sample-ratio alarm', () => {
  it('is raised for hardly any of 2,000 sound campaigns with daily looks', () => {
    const random = seededRandom(1);
    const alarms = Array.from({ length: 2_000 }, () => everAlarms(random, { share: 0.1, drawn: 0.1, days: 60 }));
    // 2 are allowed on average; more than 8 would come by chance in one of 4,000 runs of an alarm that only holds its promise.
    expect(alarms.filter(Boolean).length).toBeLessThanOrEqual(8);
  });

  it('is raised when a fifth of the controls is lost', () => {
    const random = seededRandom(2);
    const alarms = Array.from({ length: 50 }, () => everAlarms(random, { share: 0.1, drawn: 0.08, days: 200 }));
    expect(alarms.filter(Boolean).length).toBeGreaterThanOrEqual(45);
  });

  it('is raised for an arm that should not be there at all, and not for one that should not and is not', () => {
    const counted = (n: number) =>
      checkRatio('arms', [
        { arm: 'treated', n: 20, share: 1 },
        { arm: 'control', n, share: 0 },
      ]);
    expect(counted(1)).toMatchObject({ pValue: 0, isAlarm: true });
    expect(counted(0)).toMatchObject({ pValue: 1, isAlarm: false });
  });

  it('says nothing of nobody', () => {
    const { pValue } = checkRatio('arms', [
      { arm: 'a', n: 0, share: 0.5 },
      { arm: 'b', n: 0, share: 0.5 },
    ]);
    expect(pValue).toBeCloseTo(1, 9);
    expect(pValue).toBeGreaterThan(ALARM_BELOW);
  });
});
