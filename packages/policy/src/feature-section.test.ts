import { describe, expect, it } from 'vitest';
import { contract } from '../test/pack.ts';
import { type CompiledPolicy, compilePolicy, formatDiagnostic, scopeOf } from './index.ts';

const DAY = 86_400_000;
const T0 = 20_000 * DAY;

function answerTo(features: string) {
  const text = `languages: [en]\ncurrency: CNY\nfeatures:\n${features.replace(/^/gm, '  ')}\n`;
  return compilePolicy({ 'p.yaml': text }, contract);
}

function compiled(features: string): CompiledPolicy {
  const answer = answerTo(features);
  if (answer.kind === 'ok') return answer.policy;
  throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
}

const problems = (features: string): readonly string[] => {
  const answer = answerTo(features);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
};

/** The value of the feature `it` after a use on each of the days after T0. */
function valueOn(day: number, feature: string, uses: readonly (readonly [day: number, fields: object])[]) {
  const { features } = compiled(`it: ${feature}`);
  const slots = features.create();
  for (const [at, fields] of uses) {
    features.fold(slots, 'UsageRecorded', { ...fields }, { atMs: T0 + at * DAY, cycleStartMs: T0 });
  }
  return features.value(slots, 'it', T0 + day * DAY, T0, T0);
}

describe('a declared feature', () => {
  const data = (quantityMb: number, zone = 'HOME') => ({ kind: 'DATA', quantityMb, zone, failed: false });
  const voice = (zone = 'HOME') => ({ kind: 'VOICE', durationSeconds: 60, zone, failed: false });
  const uses = [
    [0, data(30)],
    [1, voice()],
    [2, data(10, 'ROAMING')],
    [3, voice('ROAMING')],
  ] as const;

  it.each([
    ['{ from: UsageRecorded, first: quantityMb, window: 7d }', 30],
    ['{ from: UsageRecorded, first: quantityMb, window: ever }', 30],
    ['{ from: UsageRecorded, last: quantityMb, window: 7d }', 10],
    ['{ from: UsageRecorded, last: quantityMb }', 10],
    ['{ from: UsageRecorded, distinct: zone, window: 7d }', 2],
    ['{ from: UsageRecorded, distinct: quantityMb, window: cycle }', 2],
    ["{ from: UsageRecorded, share: { where: kind == 'DATA' }, window: 7d }", 0.5],
    ["{ from: UsageRecorded, share: { of: quantityMb, where: zone == 'ROAMING' }, window: 7d }", 0.25],
    ["{ from: UsageRecorded, where: kind == 'VOICE', share: { where: zone == 'ROAMING' }, window: ever }", 0.5],
    ['{ from: UsageRecorded, streak: active, window: 7d, hop: 1d }', 4],
    ["{ from: UsageRecorded, where: kind == 'DATA', streak: quiet, window: 7d, hop: 1d }", 0],
    ['{ from: UsageRecorded, rate: true, window: 2d, hop: 1d, against: 1 }', 1],
    ['{ from: UsageRecorded, rate: quantityMb, window: 2d, hop: 1d, against: 1 }', 1 / 3],
  ])('%s is worked out', (feature, expected) => {
    expect(valueOn(3, feature, uses)).toBe(expected);
  });

  it('a share keeps its whole with a feature of the same events', () => {
    const { features } = compiled(
      "all: { from: UsageRecorded, where: kind == 'DATA', count: true, window: 7d }\n" +
        "abroad: { from: UsageRecorded, where: kind == 'DATA', share: { where: zone == 'ROAMING' }, window: 7d }\n" +
        "part: { from: UsageRecorded, where: (kind == 'DATA') && (zone == 'ROAMING'), count: true, window: 7d }",
    );
    const shares = Object.fromEntries(features.size.features.map(({ name, sharedWith }) => [name, sharedWith]));
    expect(shares.abroad?.toSorted()).toEqual(['all', 'part']);
  });

  it('has a past of four windows when it does not say', () => {
    const { features } = compiled('it: { from: UsageRecorded, rate: true, window: 7d }');
    expect(features.horizonMs).toBe(35 * DAY);
  });
});

describe('a mistake in a feature is told with its place', () => {
  const it_ = (text: string) => `it: { from: UsageRecorded, ${text} }`;
  it.each([
    ['distinct: zones, window: 7d', '4:40 error: unknown field of UsageRecorded "zones"; did you mean "zone"?'],
    ['distinct: failed, window: 7d', '4:40 error: distinct needs a field with a text or a number, "failed" is a bool'],
    ['first: zone, window: 7d', '4:37 error: first needs a field with a number, "zone" is a string'],
    ['first: quantityMb', '4:3 error: a feature needs window'],
    ['last: quantityMb, hop: 1d', '4:53 error: hop has no meaning for window: ever'],
    ['elapsedSince: last, window: 7d', '4:58 error: elapsedSince has no window: it looks at the newest event'],
    ['streak: on, window: 7d, hop: 1d', '4:38 error: streak is written "streak: active" or "streak: quiet"'],
    ['streak: quiet, window: 7d', '4:3 error: streak needs hop: the stretch that has an event or has none'],
    ['streak: quiet, window: ever', '4:53 error: streak needs a window such as 7d, not ever'],
    ['streak: quiet, window: 7d, hop: 1d, offset: 1d', '4:74 error: offset has no meaning for streak: it ends now'],
    ['rate: true, window: cycle', '4:50 error: rate needs a window such as 7d, not cycle'],
    ['rate: true, window: 7d, against: 0', '4:63 error: against must be a whole number of windows from 1 to 52'],
    ['rate: true, window: 7d, against: 1.5', '4:63 error: against must be a whole number of windows from 1 to 52'],
    ['count: true, window: 7d, against: 2', '4:64 error: against has a meaning for rate only'],
    [
      'rate: true, window: 30d, against: 13',
      '4:50 error: window, offset and 13 windows before reach back more than 400d',
    ],
    ['rate: true, window: 7d, hop: 15m', '4:59 error: 3360 tiles are more than 512: choose a larger hop'],
    ['share: quantityMb, window: 7d', '4:37 error: share must be a map with the keys of, where'],
    ['share: { of: quantityMb }, window: 7d', '4:30 error: share needs where'],
    ["share: { off: quantityMb, where: kind == 'DATA' }, window: 7d", '4:39 error: unknown key of share "off"'],
    [
      'share: { of: zone, where: failed }, window: 7d',
      '4:43 error: share needs a field with a number, "zone" is a string',
    ],
    ["share: { where: kind == 'DTA' }, window: 7d", '4:54 error: unknown value "DTA"; did you mean "DATA"?'],
    ['count: true, window: 7d, scope: lines', '4:62 error: scope must be one of customer, line'],
    ['count: true, sum: quantityMb, window: 7d', '4:3 error: a feature needs exactly one of count, sum, min'],
  ])('%s', (text, expected) => {
    expect(problems(it_(text)).join('\n')).toContain(`p.yaml:${expected}`);
  });
});

describe('a feature of a line', () => {
  const policyOn = (on: string) => ({
    'p.yaml': `languages: [en]
currency: CNY
features:
  it: { from: UsageRecorded, count: true, window: 7d, scope: line }
triggers:
  often: { ${on}, when: it > 2, occasion: ${on.startsWith('on') ? 'day' : 'silence'}, reason: Often }
`,
  });

  it('is read of the line of the event at hand, and unknown without one', () => {
    const answer = compilePolicy(policyOn('on: UsageRecorded'), contract);
    if (answer.kind !== 'ok') throw new Error(answer.diagnostics.map(formatDiagnostic).join());
    const { policy } = answer;
    const slots = policy.features.create();
    for (const subscriptionId of ['a', 'a', 'a', 'b']) {
      policy.features.fold(slots, 'UsageRecorded', { subscriptionId }, { atMs: T0, cycleStartMs: T0 });
    }
    const truth = (event?: Readonly<Record<string, unknown>>) => {
      const scope = scopeOf(policy, {
        slots,
        attribute: () => undefined,
        event,
        asOfMs: T0,
        cycleStartMs: T0,
        knownSinceMs: T0,
      });
      return policy.triggers.get('often')?.when.evaluate(scope);
    };
    expect(truth({ subscriptionId: 'a' })).toBe('true');
    expect(truth({ subscriptionId: 'b' })).toBe('false');
    expect(truth({})).toBe('unknown');
    expect(truth()).toBe('unknown');
  });

  it('needs events that name their line', () => {
    expect(problems('it: { from: ConsentChanged, count: true, window: 7d, scope: line }')).toEqual([
      'p.yaml:4:63 error: scope: line needs events with subscriptionId, ConsentChanged has none',
    ]);
  });

  it.each(['it', 'twice'])('has no latch of its own: crossed(%s) is refused', (name) => {
    const [[path, text] = ['', '']] = Object.entries(policyOn('on: UsageRecorded'));
    const crossing = text
      .replace('when: it > 2', `when: 'crossed(${name}, 2)'`)
      .replace('\ntriggers:', '\n  twice: { expr: it * 2 }\ntriggers:');
    const answer = compilePolicy({ [path]: crossing }, contract);
    expect(answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic)).toEqual([
      `p.yaml:7:3 error: crossed cannot look at "${name}", a feature of a line: a trigger has one latch for all lines; compare it, with occasion: event.subscriptionId`,
    ]);
  });

  it('is warned of in a trigger that has no line at hand', () => {
    const warnings = (on: string) => {
      const answer = compilePolicy(policyOn(on), contract);
      return answer.kind === 'ok' ? answer.warnings.map(({ message }) => message) : answer.diagnostics;
    };
    const told = 'trigger "often" reads "it" of a line, and has no event with subscriptionId: there it is unknown';
    expect(warnings('absence: { of: UsageRecorded, for: 7d }').filter((one) => one === told)).toHaveLength(1);
    expect(warnings('on: UsageRecorded')).not.toContain(told);
  });
});

it('features that no state could hold are refused at the one that takes most', () => {
  const modest = 'uses: { from: UsageRecorded, count: true, window: 7d }\n';
  const found = problems(`${modest}zones: { from: UsageRecorded, distinct: zone, window: 400d, hop: 1d }`);
  expect(found).toEqual([
    expect.stringMatching(
      /^p\.yaml:5:3 error: features may take \d+ bytes of a customer's state, more than 65536: "zones" takes \d+ of them, choose/,
    ),
  ]);
  expect(problems(`${modest}zones: { from: UsageRecorded, distinct: zone, window: 90d, hop: 1d }`)).toEqual([]);
});
