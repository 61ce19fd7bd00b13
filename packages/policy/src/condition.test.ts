import { describe, expect, it } from 'vitest';
import { compiled, contract, packWith } from '../test/pack.ts';
import type { AttributeValue, Scope, Truth } from './index.ts';
import { compilePolicy, scopeOf } from './index.ts';

type Values = Readonly<Record<string, AttributeValue | undefined>>;

/** Features and attributes by name; what is not given is unknown. */
function scope(values: Values, extra: Partial<Scope> = {}): Scope {
  return {
    attribute: (name) => values[name],
    feature: (name) => values[name] as number | undefined,
    asOfMs: 0,
    ...extra,
  };
}

function truth(expression: string, values: Values, extra: Partial<Scope> = {}): Truth | undefined {
  const quoted = JSON.stringify(expression);
  const policy = compiled(
    packWith('policy/triggers.yaml', 'crossed(data_share_used, 0.8) && days_left_in_cycle > 5', quoted),
  );
  return policy.triggers.get('bundle_running_out')?.when.evaluate(scope(values, extra));
}

describe('a condition', () => {
  it.each<[string, Values, Truth]>([
    ['uses_7d > 5', { uses_7d: 5.5 }, 'true'],
    ['uses_7d > 5', { uses_7d: 5 }, 'false'],
    ['uses_7d > 5', {}, 'unknown'],
    ['5 < uses_7d', { uses_7d: 6 }, 'true'],
    ['uses_7d == 5', { uses_7d: 5 }, 'true'],
    ['uses_7d + 1 >= 2 * 3 - 1', { uses_7d: 4 }, 'true'],
    ['-uses_7d < -4', { uses_7d: 5 }, 'true'],
    ['uses_7d / uses_past < 0.5', { uses_7d: 1, uses_past: 0 }, 'unknown'],
    ['uses_7d / uses_past < 0.5', { uses_7d: 0, uses_past: 0 }, 'unknown'],
    ['uses_7d in [1, 2, 3]', { uses_7d: 2 }, 'true'],
    ["tier in ['key', 'high-value']", { tier: 'key' }, 'true'],
    ["tier in ['key', 'high-value']", {}, 'unknown'],
    ["'IPTV' in products", { products: ['MOBILE', 'IPTV'] }, 'true'],
    ["'IPTV' in products", { products: [] }, 'false'],
    ["'IPTV' in products", {}, 'unknown'],
    ["tier.startsWith('high')", { tier: 'high-value' }, 'true'],
    ['size(products) > 1', { products: ['A', 'B'] }, 'true'],
    ['size(products) == 2', { products: ['A', 'B'] }, 'true'],
    ['size(products) > 1', {}, 'unknown'],
    ["products.exists(p, p.startsWith('IP'))", { products: ['MOBILE', 'IPTV'] }, 'true'],
    ["products[3] == 'IPTV'", { products: ['MOBILE'] }, 'unknown'],
    ['has_broadband', { has_broadband: true }, 'true'],
    ['has_broadband', {}, 'unknown'],
    ['has_broadband ? uses_7d > 1 : uses_7d > 9', { has_broadband: false, uses_7d: 5 }, 'false'],
    ["segment('high_value') && uses_7d > 1", { tier: 'key', uses_7d: 2 }, 'true'],
    ['(uses_7d > 1 || has_broadband) && !complaint_open', { uses_7d: 2, complaint_open: false }, 'true'],
  ])('%s with %o is %s', (expression, values, expected) => {
    expect(truth(expression, values)).toBe(expected);
  });

  it.each<[string, Record<'true' | 'false' | 'unknown', Record<'true' | 'false' | 'unknown', Truth>>]>([
    [
      '&&',
      {
        true: { true: 'true', false: 'false', unknown: 'unknown' },
        false: { true: 'false', false: 'false', unknown: 'false' },
        unknown: { true: 'unknown', false: 'false', unknown: 'unknown' },
      },
    ],
    [
      '||',
      {
        true: { true: 'true', false: 'true', unknown: 'true' },
        false: { true: 'true', false: 'false', unknown: 'unknown' },
        unknown: { true: 'true', false: 'unknown', unknown: 'unknown' },
      },
    ],
  ])('knows what %s makes of unknown', (operator, table) => {
    const value = { true: true, false: false, unknown: undefined };
    for (const left of ['true', 'false', 'unknown'] as const) {
      for (const right of ['true', 'false', 'unknown'] as const) {
        const values = { has_broadband: value[left], complaint_open: value[right] };
        expect(truth(`has_broadband ${operator} complaint_open`, values)).toBe(table[left][right]);
      }
    }
    expect(truth('!has_broadband', {})).toBe('unknown');
  });

  it('reads the triggering event, and takes an empty field for unknown', () => {
    const event = { kind: 'DATA', failed: true, quantityMb: 7, localHour: null };
    expect(truth("event.kind == 'DATA' && event.failed && event.quantityMb > 6", {}, { event })).toBe('true');
    expect(truth('event.localHour > 18', {}, { event })).toBe('unknown');
    expect(truth('event.quantityMb > 6', {})).toBe('unknown');
  });

  it('asks the latch only once the level is reached', () => {
    const asked: string[] = [];
    const latched = (feature: string, level: number): boolean => asked.push(`${feature}@${level}`) === 1;
    expect(truth('crossed(uses_7d, 5)', { uses_7d: 4 }, { latched })).toBe('false');
    expect(asked).toEqual([]);
    expect(truth('crossed(uses_7d, 5)', { uses_7d: 5 }, { latched })).toBe('true');
    expect(truth('crossed_below(uses_7d, 5)', { uses_7d: 5 }, { latched })).toBe('false');
    expect(asked).toEqual(['uses_7d@5', 'uses_7d@5']);
    expect(truth('crossed(uses_7d, 5)', { uses_7d: 5 })).toBe('unknown');
    expect(truth('crossed(uses_7d, 5)', {}, { latched })).toBe('unknown');
  });

  it('refuses crossed where the general evaluator would have to answer it', () => {
    const files = packWith(
      'policy/triggers.yaml',
      'crossed(data_share_used, 0.8) &&',
      'crossed(data_share_used, 0.8) == true &&',
    );
    expect(compilePolicy(files, contract)).toMatchObject({
      kind: 'invalid',
      diagnostics: [{ line: 7, column: 11, message: 'crossed joins others by && || and ! only' }],
    });
  });

  it('explains each conjunct with the values it read, segments included', () => {
    const source = "crossed(data_share_used, 0.8) && days_left_in_cycle > 5 && (segment('high_value') || event.failed)";
    const policy = compiled(
      packWith(
        'policy/triggers.yaml',
        'crossed(data_share_used, 0.8) && days_left_in_cycle > 5',
        JSON.stringify(source),
      ),
    );
    const values = { data_share_used: 0.83, days_left_in_cycle: 9 };
    const seen = scope(values, { event: { failed: false }, latched: () => true });
    expect(policy.triggers.get('bundle_running_out')?.when.explain(seen)).toEqual([
      { condition: 'crossed(data_share_used, 0.8)', truth: 'true', values: { data_share_used: 0.83 } },
      { condition: 'days_left_in_cycle > 5', truth: 'true', values: { days_left_in_cycle: 9 } },
      {
        condition: "segment('high_value') || event.failed",
        truth: 'unknown',
        values: { tier: undefined, 'event.failed': false },
      },
    ]);
    expect(policy.triggers.get('bundle_running_out')?.when.features).toEqual(['data_share_used', 'data_mb_cycle']);
  });
});

describe('a scope', () => {
  const T0 = 20_000 * 86_400_000;
  const policy = compiled();

  function customer(allowance: number | undefined) {
    const slots = policy.features.create();
    const use = { kind: 'DATA', quantityMb: 850, failed: false };
    policy.features.fold(slots, 'UsageRecorded', use, { atMs: T0, cycleStartMs: T0 });
    const attributes: Values = { data_allowance_mb: allowance, days_left_in_cycle: 20 };
    const attribute = (name: string) => attributes[name];
    return scopeOf(policy, { slots, attribute, event: use, asOfMs: T0 + 1, cycleStartMs: T0, latched: () => true });
  }

  it('answers computed features from folded ones and attributes', () => {
    expect(customer(1000).feature('data_share_used')).toBe(0.85);
    expect(customer(1000).feature('data_mb_cycle')).toBe(850);
    expect(policy.triggers.get('bundle_running_out')?.when.evaluate(customer(1000))).toBe('true');
  });

  it.each([undefined, 0])('does not know a share of an allowance of %s', (allowance) => {
    expect(customer(allowance).feature('data_share_used')).toBeUndefined();
    expect(policy.triggers.get('bundle_running_out')?.when.evaluate(customer(allowance))).toBe('unknown');
  });

  it('filters events before they are folded', () => {
    const slots = policy.features.create();
    const fold = (fields: object) => {
      const changed: string[] = [];
      policy.features.fold(slots, 'UsageRecorded', { ...fields }, { atMs: T0, cycleStartMs: T0, changed });
      return changed;
    };
    expect(fold({ kind: 'VOICE', failed: true })).toContain('failed_calls_7d');
    expect(fold({ kind: 'VOICE', failed: false })).not.toContain('failed_calls_7d');
    expect(fold({ kind: 'SMS', failed: true })).not.toContain('failed_calls_7d');
  });

  it('knows the one value a filter asks for, and whether it asks for more', () => {
    const onlyOf = (name: string) => policy.features.definitions.find((feature) => feature.name === name)?.only;
    expect(onlyOf('data_mb_cycle')).toEqual({ field: 'kind', equals: 'DATA', isAll: true });
    expect(onlyOf('failed_calls_7d')).toEqual({ field: 'kind', equals: 'VOICE', isAll: false });
    expect(onlyOf('uses_past')).toBeUndefined();
  });
});
