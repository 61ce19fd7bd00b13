import { expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START } from '../test/customer-world.ts';

const FEATURES = `
  calls_of_line: { from: UsageRecorded, where: kind == 'VOICE', count: true, window: 7d, hop: 1d, scope: line }
  places: { from: UsageRecorded, distinct: zone, window: 7d, hop: 1d }
`;
const TRIGGERS = `
  line_calls_much:
    {
      on: UsageRecorded,
      when: calls_of_line >= 3 && places >= 2,
      occasion: event.subscriptionId,
      reason: { en: r, zh: r },
    }
`;
const CAMPAIGN = `
  added:
    {
      goal: { kpi: k, target: 0.1 },
      stage: live,
      kind: service,
      triggers: [line_calls_much],
      offers: [service_credit],
    }
`;
const POLICY = compilePack({
  'features.yaml': (text) => `${text}${FEATURES}`,
  'triggers.yaml': (text) => `${text}${TRIGGERS}`,
  'campaigns.yaml': (text) => `${text}${CAMPAIGN}`,
});

/** Whether the trigger fired at each of the calls, made by a line from a zone, an hour apart. */
function firedAt(calls: readonly (readonly [line: string, zone: 'HOME' | 'ROAMING'])[], isRestarted: boolean) {
  const world = createCustomerWorld(POLICY, 'customer-1');
  world.tell(world.activated(START - 30 * DAY_MS));
  return calls.map(([subscriptionId, zone], index) => {
    if (isRestarted) world.restart();
    const before = world.decisions.length;
    world.tell(world.usage(START + index * HOUR_MS, { kind: 'VOICE', subscriptionId, zone, durationSeconds: 60 }));
    return world.decisions.slice(before).some(({ trigger }) => trigger === 'line_calls_much');
  });
}

it.each([false, true])('a trigger looks at the line of its event, stored in between: %s', (isRestarted) => {
  const calls = [
    ['line-1', 'HOME'],
    ['line-2', 'ROAMING'],
    ['line-1', 'HOME'],
    ['line-2', 'HOME'],
    ['line-1', 'HOME'],
    ['line-2', 'HOME'],
  ] as const;
  expect(firedAt(calls, isRestarted)).toEqual([false, false, false, false, true, true]);
});
