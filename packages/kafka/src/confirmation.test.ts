import { describe, expect, it } from 'vitest';
import { createConfirmation } from './confirmation.ts';

/** A confirmation on a clock that is set by hand, and whether a wait begun at 100 was answered. */
function waitingSince100() {
  const clock = { nowMs: 100 };
  const confirmation = createConfirmation(() => clock.nowMs);
  const answer = { value: 'waiting' };
  const became = (value: string) => () => {
    answer.value = value;
  };
  const done = confirmation.wait().then(became('confirmed'), became('failed'));
  return { clock, confirmation, answer, done };
}

describe('confirmation', () => {
  it('comes with a sign that began after the question', async () => {
    const { clock, confirmation, answer, done } = waitingSince100();
    clock.nowMs = 110;
    confirmation.seen(5);
    await done;
    expect(answer.value).toBe('confirmed');
  });

  it('does not come with a sign that began before the question, though it ended after it', async () => {
    const { clock, confirmation, answer, done } = waitingSince100();
    clock.nowMs = 110;
    confirmation.seen(11);
    await Promise.resolve();
    expect(answer.value).toBe('waiting');
    confirmation.seen(1);
    await done;
    expect(answer.value).toBe('confirmed');
  });

  it('does not come when the clock cannot tell which was first', async () => {
    const { clock, confirmation, answer, done } = waitingSince100();
    clock.nowMs = 101;
    confirmation.seen(0);
    await Promise.resolve();
    expect(answer.value).toBe('waiting');
    confirmation.fail(new Error('over'));
    await done;
  });

  it('fails for those who wait and those who ask later', async () => {
    const { confirmation, answer, done } = waitingSince100();
    confirmation.fail(new Error('the consumer ended'));
    await done;
    expect(answer.value).toBe('failed');
    await expect(confirmation.wait()).rejects.toThrow('the consumer ended');
  });
});
