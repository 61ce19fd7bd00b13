import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled } from '../test/pack.ts';
import { createMarks, eachMark } from './marks.ts';
import type { CompiledTrigger, Scope } from './model.ts';
import { createTriggerIndex } from './trigger-index.ts';

const NUMBERS = ['a', 'b', 'c'];
const LEVELS = [-1, 0, 1, 2, 5];
const FEATURES = `
features:
${NUMBERS.map((name) => `  ${name}: { from: UsageRecorded, where: "localHour == ${NUMBERS.indexOf(name)}", count: true, window: 7d }`).join('\n')}
segments:
  valuable: tier in ['key', 'gold'] && a >= 1
  young: days_left_in_cycle < 2 || tier == 'key'
`;

/** Every shape of conjunct that the index knows of, and shapes it can say nothing about. */
const conjunct = fc.oneof(
  fc
    .tuple(fc.constantFrom(...NUMBERS), fc.constantFrom('<', '<=', '>', '>=', '=='), fc.constantFrom(...LEVELS))
    .map(([name, op, level]) => `${name} ${op} ${level}`),
  fc
    .tuple(fc.constantFrom(...LEVELS), fc.constantFrom('<', '>='), fc.constantFrom(...NUMBERS))
    .map(([level, op, name]) => `${level} ${op} ${name}`),
  fc.tuple(fc.constantFrom(...NUMBERS), fc.constantFrom(...NUMBERS)).map(([one, other]) => `${one} > ${other}`),
  fc.tuple(fc.constantFrom(...NUMBERS), fc.constantFrom(1, 2)).map(([name, level]) => `crossed(${name}, ${level})`),
  fc.constantFrom(
    "tier == 'key'",
    "tier in ['gold', 'silver']",
    "!(tier == 'key')",
    "tier != 'gold'",
    'has_broadband',
    '!has_broadband',
    'has_broadband == false',
    'days_left_in_cycle >= 2',
    "'MOBILE' in products",
    "event.kind == 'DATA'",
    "event.kind in ['SMS', 'VOICE']",
    'event.failed',
    '!event.failed',
    'event.quantityMb > 1',
    'event.localHour == 2',
    "segment('valuable')",
    "segment('young')",
    "!segment('valuable')",
    "(a > 1 || event.kind == 'SMS')",
  ),
);
const condition = fc.array(conjunct, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' && '));
const policies = fc.array(condition, { minLength: 1, maxLength: 70 });

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 5 });
const level = fc.constantFrom(-2, ...LEVELS, 0.5, 7);
const moment = fc.record({
  a: sometimes(level),
  b: sometimes(level),
  c: sometimes(level),
  tier: sometimes(fc.constantFrom('key', 'gold', 'silver', 'other')),
  has_broadband: sometimes(fc.boolean()),
  days_left_in_cycle: sometimes(level),
  products: sometimes(fc.constantFrom(['MOBILE'], [])),
  kind: sometimes(fc.constantFrom('DATA', 'SMS', 'VOICE')),
  failed: fc.option(fc.boolean(), { nil: null, freq: 5 }),
  quantityMb: sometimes(level),
  localHour: sometimes(level),
  isOpen: fc.boolean(),
});
type Moment = typeof moment extends fc.Arbitrary<infer T> ? T : never;

function scopeOfMoment({ a, b, c, kind, failed, quantityMb, localHour, isOpen, ...attributes }: Moment): Scope {
  const features: Readonly<Record<string, number | undefined>> = { a, b, c };
  return {
    feature: (name) => features[name],
    attribute: (name) => (attributes as Readonly<Record<string, string | undefined>>)[name],
    event: { kind, failed, quantityMb, localHour },
    asOfMs: 0,
    latched: () => isOpen,
  };
}

function triggersOf(conditions: readonly string[]): readonly CompiledTrigger[] {
  const lines = conditions.map(
    (when, index) => `  t${index}: { on: UsageRecorded, when: ${JSON.stringify(when)}, occasion: day, reason: r }`,
  );
  return compiled({ 'rules.yaml': `${FEATURES}triggers:\n${lines.join('\n')}\n` }).triggersOn('UsageRecorded');
}

const truths = (triggers: readonly CompiledTrigger[], scope: Scope): readonly string[] =>
  triggers.filter(({ when }) => when.evaluate(scope) === 'true').map(({ id }) => id);

describe('the trigger index', () => {
  it('finds, of any rules at any moment, what evaluating every rule finds, in file order', () => {
    fc.assert(
      fc.property(policies, fc.array(moment, { minLength: 1, maxLength: 12 }), (conditions, moments) => {
        const triggers = triggersOf(conditions);
        const index = createTriggerIndex(triggers);
        const marks = createMarks(triggers.length);
        for (const scope of moments.map(scopeOfMoment)) {
          const found: CompiledTrigger[] = [];
          const isAny = index.mark(scope, marks);
          eachMark(marks, (position) => void found.push(triggers[position] as CompiledTrigger));
          expect(truths(found, scope)).toEqual(truths(triggers, scope));
          expect(isAny).toBe(found.length > 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a level', 'a >= 2', { a: 1.9 }],
    ['a level from above', 'a < 2', { a: 2.1 }],
    ['an attribute', "tier in ['key', 'gold']", { tier: 'silver' }],
    ['a yes or no', '!has_broadband', { has_broadband: true }],
    ['a field of the event', "event.kind == 'DATA'", { kind: 'SMS' }],
    ['what a segment asks for', "segment('valuable')", { tier: 'key', a: 0 }],
    ['a second need', "event.kind == 'DATA' && a >= 2 && tier == 'key'", { kind: 'DATA', a: 3, tier: 'gold' }],
    ['a value that is unknown', 'a >= -1', { b: 1 }],
  ])('leaves out a rule short of %s', (_, when, known) => {
    const nobody: Moment = {
      ...{ a: undefined, b: undefined, c: undefined, tier: undefined, has_broadband: undefined },
      ...{ days_left_in_cycle: undefined, products: undefined, kind: undefined, failed: null },
      ...{ quantityMb: undefined, localHour: undefined, isOpen: true },
    };
    const index = createTriggerIndex(triggersOf([when]));
    expect(index.mark(scopeOfMoment({ ...nobody, ...(known as Partial<Moment>) }), createMarks(1))).toBe(false);
  });

  it('does not read a name that nobody left asks for', () => {
    const read: string[] = [];
    const scope = scopeOfMoment({ ...fc.sample(moment, 1)[0], kind: 'SMS' } as Moment);
    const watched: Scope = {
      ...scope,
      feature: (name) => {
        read.push(name);
        return scope.feature(name);
      },
    };
    const index = createTriggerIndex(triggersOf(["event.kind == 'DATA' && a > 1", "event.kind == 'SMS' && b > 1"]));
    index.mark(watched, createMarks(2));
    expect(read).toEqual(['b']);
  });

  it('keeps more levels than it tells apart: none is left out that is met', () => {
    const conditions = Array.from({ length: 700 }, (_, at) => `a >= ${at}`);
    const triggers = triggersOf(conditions);
    const index = createTriggerIndex(triggers);
    const marks = createMarks(triggers.length);
    const [some] = fc.sample(moment, 1);
    for (const a of [0, 1, 255.5, 256, 698, 699]) {
      const scope = scopeOfMoment({ ...(some as Moment), a });
      const found: CompiledTrigger[] = [];
      index.mark(scope, marks);
      eachMark(marks, (position) => void found.push(triggers[position] as CompiledTrigger));
      expect(truths(found, scope)).toHaveLength(Math.floor(a) + 1);
    }
  });
});
