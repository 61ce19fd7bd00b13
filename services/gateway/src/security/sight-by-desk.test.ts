import { describe, expect, it } from 'vitest';
import { readDeskFile } from './desk-file.ts';
import type { Principal } from './principal.ts';
import { sightByDesk } from './sight-by-desk.ts';

const DESKS = readDeskFile(`desks:
  retention: { customers: { tiers: [high-value, key], cities: [Berlin, Bonn] } }
  managers: { customers: { accountManager: own } }
  care: { customers: all }
`);

const customer = { tier: 'high-value', city: 'Berlin', accountManager: 'm.keller' };
const work = { desk: 'retention', team: '', accountManager: 'm.keller' };

function sight(change: Partial<Principal>, desks: typeof DESKS | undefined = DESKS) {
  return sightByDesk(() => desks)({ id: 'a.jung', kind: 'person', roles: ['agent'], ...change });
}

describe('the sight of somebody', () => {
  it.each<[readonly string[] | undefined, object, boolean]>([
    [undefined, {}, true],
    [undefined, { tier: '', city: '' }, true],
    [['retention'], {}, true],
    [['retention'], { tier: 'standard' }, false],
    [['retention'], { city: 'Köln' }, false],
    [['retention'], { tier: '' }, false],
    [['managers'], {}, false],
    [['managers'], { accountManager: 'a.jung' }, true],
    [['managers', 'retention'], {}, true],
    [['care'], { tier: '', city: '', accountManager: '' }, true],
    [['sales'], {}, false],
    [[], {}, false],
  ])('with the desks %j of the customer %j is %s', (desks, change, isSeen) => {
    expect(sight(desks ? { desks } : {}).customer({ ...customer, ...change })).toBe(isSeen);
  });

  it.each<[Partial<Principal>, object, boolean]>([
    [{}, { desk: '' }, true],
    [{ desks: ['retention'] }, {}, true],
    [{ desks: ['care'] }, {}, false],
    [{ desks: ['care'] }, { desk: '' }, false],
    [{ desks: ['care'] }, { accountManager: 'a.jung' }, true],
    [{ desks: [] }, { accountManager: 'a.jung' }, true],
    [{ desks: ['retention'], teams: ['north'] }, { team: 'north' }, true],
    [{ desks: ['retention'], teams: ['north'] }, { team: 'south' }, false],
    [{ desks: ['retention'], teams: ['north'] }, { team: '' }, true],
    [{ desks: ['retention'], teams: [] }, { team: 'south' }, false],
    [{ desks: ['retention'] }, { team: 'south' }, true],
    [{ desks: ['care'], teams: ['north'] }, { team: 'north' }, false],
  ])('of %j on the work %j is %s', (principal, change, isSeen) => {
    expect(sight(principal).work({ ...work, ...change })).toBe(isSeen);
  });

  it('by a file that cannot be used is of nobody, unless he sees everything', () => {
    const blind = sightByDesk(() => undefined);
    expect(blind({ id: 'a', kind: 'key', roles: ['agent'], desks: ['care'] }).customer(customer)).toBe(false);
    expect(blind({ id: 'a', kind: 'key', roles: ['auditor'] }).customer(customer)).toBe(true);
  });
});

describe('without a file of desks', () => {
  const open = sightByDesk('every-customer');
  const caller = (desks: readonly string[]): Principal => ({ id: 'a.jung', kind: 'key', roles: ['agent'], desks });

  it('every desk serves all customers, and their work stays with the desks', () => {
    expect([open(caller(['care'])).customer(customer), open(caller([])).customer(customer)]).toEqual([true, false]);
    expect([open(caller(['care'])).work(work), open(caller(['retention'])).work(work)]).toEqual([false, true]);
  });
});

describe('the file of desks', () => {
  it.each([
    ['desks: { care: {} }', /desks\.care\.customers/],
    ['desks: { care: { customers: {} } }', /desks\.care\.customers/],
    ['desks: { care: { customers: everybody } }', /desks\.care\.customers: must be all, or conditions/],
    ['desks: { care: { customers: { tiers: [] } } }', /desks\.care\.customers/],
    ['desks: { care: { customers: { accountManager: m.keller } } }', /desks\.care\.customers/],
    ['desks: { care: { customers: all, team: x } }', /desks\.care has a field that does not exist: team/],
    ['desks: { "a b": { customers: all } }', /desks/],
    ['desk: {}', /the file has a field that does not exist: desk/],
  ])('that says %j is refused by its place', (text, expected) => {
    expect(() => readDeskFile(text)).toThrow(expected);
  });

  it('may name no desk at all', () => {
    expect(readDeskFile('desks: {}').size).toBe(0);
  });
});
