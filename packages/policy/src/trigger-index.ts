import { createMarks, isEmpty, MARKS_PER_WORD, type Marks, mark, wordOf } from './marks.ts';
import type { CompiledTrigger, Need, NeedValue, Scope } from './model.ts';

/**
 * Triggers of one event type, found by what they need: a trigger whose feature is short of its level, or whose event
 * field or attribute is another, is not looked at. Each name that triggers ask for is read once, and crosses out all that
 * it leaves no chance; a name nobody left asks for is not read. So the cost of many rules follows those that may fire.
 */
export interface TriggerIndex {
  /** In file order. */
  readonly triggers: readonly CompiledTrigger[];
  /**
   * Sets in `marks` exactly the positions in `triggers` of those that may be true; answers whether there is one. What it
   * leaves out is not true in this scope.
   */
  mark(scope: Scope, marks: Marks): boolean;
}

/** One name, and who may be true at which of its values. All gates have one shape and no closures: they are the hot path. */
interface Gate {
  readonly of: Need['of'];
  readonly name: string;
  /** Equal for gates that read the same. */
  readonly source: number;
  /** Places in the marks that hold a trigger which asks for it; the others are left as they are. */
  readonly words: Int32Array;
  /** By place in `words`: triggers that ask for it. */
  readonly askers: Marks;
  /** The only one of `words` and of `askers`; -1 where there are more. */
  readonly word: number;
  readonly asker: number;
  /** Rows of marks, each as long as `words`: those that may be true, and all that do not ask. Row 0: at no value that counts. */
  readonly rows: Int32Array;
  /** Of a bound, ascending: row r is for values that reached r steps. Negative values with `sign` -1. Empty for values. */
  readonly steps: Float64Array;
  readonly sign: 1 | -1;
  /** Row by value, where values are told apart; undefined for a bound. */
  readonly rowOf: ReadonlyMap<unknown, number> | undefined;
}

interface Asked {
  readonly position: number;
  readonly need: Need;
}

/** What costs least to read goes first: attributes may have to be unpacked, and mostly nobody is left to ask for them. */
const ORDER: readonly Need['of'][] = ['event', 'feature', 'attribute'];

export function createTriggerIndex(triggers: readonly CompiledTrigger[]): TriggerIndex {
  const all = createMarks(triggers.length);
  for (const position of triggers.keys()) mark(all, position);
  const gates = gatesOf(triggers);
  return {
    triggers,
    mark(scope, marks) {
      for (let word = 0; word < all.length; word += 1) marks[word] = all[word] as number;
      let source = -1;
      let value: unknown;
      for (let index = 0; index < gates.length; index += 1) {
        const gate = gates[index] as Gate;
        const { word } = gate;
        // Of few rules all that ask are in one word; it is looked at without a loop.
        if (word >= 0 ? ((marks[word] as number) & gate.asker) === 0 : !isAsked(gate, marks)) continue;
        if (gate.source !== source) value = read(gate, scope);
        source = gate.source;
        const row = rowAt(gate, value);
        if (word >= 0) marks[word] = (marks[word] as number) & (gate.rows[row] as number);
        else keepRow(gate, row, marks);
      }
      return !isEmpty(marks);
    },
  };
}

function isAsked({ words, askers }: Gate, marks: Marks): boolean {
  for (let place = 0; place < words.length; place += 1) {
    if (((marks[words[place] as number] as number) & (askers[place] as number)) !== 0) return true;
  }
  return false;
}

function read({ of, name }: Gate, scope: Scope): unknown {
  if (of === 'feature') return scope.feature(name);
  return of === 'attribute' ? scope.attribute(name) : scope.event?.[name];
}

function rowAt({ rowOf, steps, sign }: Gate, value: unknown): number {
  if (rowOf !== undefined) return rowOf.get(value) ?? 0;
  return typeof value === 'number' ? reachedBy(steps, sign * value) : 0;
}

function keepRow({ words, rows }: Gate, row: number, marks: Marks): void {
  const from = row * words.length;
  for (let place = 0; place < words.length; place += 1) {
    const word = words[place] as number;
    marks[word] = (marks[word] as number) & (rows[from + place] as number);
  }
}

/** What costs least to read goes first; gates of one name are neighbours. */
function gatesOf(triggers: readonly CompiledTrigger[]): readonly Gate[] {
  const asked = triggers.flatMap(({ when: { needs = [] } }, position) =>
    needs.map((need): Asked => ({ position, need })),
  );
  const rank = ([first]: readonly Asked[]): number => (first === undefined ? 0 : ORDER.indexOf(first.need.of));
  return [...Map.groupBy(asked, ({ need }) => `${need.of} ${need.name}`).values()]
    .sort((left, right) => rank(left) - rank(right) || right.length - left.length)
    .flatMap((group, source) =>
      [...Map.groupBy(group, ({ need }) => kindOf(need)).values()].map((one) => gateOf(one, source)),
    );
}

const kindOf = (need: Need): string => (need.kind === 'bound' ? need.bound : need.kind);

function gateOf(group: readonly Asked[], source: number): Gate {
  const [{ need }] = group as [Asked, ...Asked[]];
  const words = Int32Array.from(new Set(group.map(({ position }) => wordOf(position)))).sort();
  // A position's bit stays where it is; its word moves up to its place among those that are asked.
  const asked = group.map((one) => ({
    position: words.indexOf(wordOf(one.position)) * MARKS_PER_WORD + (one.position % MARKS_PER_WORD),
    need: one.need,
  }));
  const askers = createMarks(words.length * MARKS_PER_WORD);
  for (const { position } of asked) mark(askers, position);
  const others = askers.map((bits) => ~bits);
  const table = need.kind === 'bound' ? boundTable(asked, others) : valueTable(asked, others);
  const only = words.length === 1 ? { word: words[0] as number, asker: askers[0] as number } : { word: -1, asker: 0 };
  return { of: need.of, name: need.name, source, words, askers, ...only, ...table };
}

type Table = Pick<Gate, 'rows' | 'steps' | 'sign' | 'rowOf'>;

/** A trigger that asks twice of one name is let through by what one of its needs allows: too weak, never too strong. */
function valueTable(group: readonly Asked[], others: Marks): Table {
  const tables = [others];
  const rowOf = new Map<unknown, number>();
  for (const { position, need } of group) {
    for (const value of valuesOf(need)) {
      const row = rowOf.get(value) ?? tables.push(others.slice()) - 1;
      rowOf.set(value, row);
      mark(tables[row] as Marks, position);
    }
  }
  return { rows: joined(tables), steps: new Float64Array(0), sign: 1, rowOf };
}

const valuesOf = (need: Need): readonly NeedValue[] => (need.kind === 'among' ? need.values : []);

/** Steps of a bound that are told apart; levels between two steps are let through with the lower one. */
const MAX_STEPS = 256;

/** By how many of the steps the value has reached. A bound from above is one from below with the signs turned. */
function boundTable(group: readonly Asked[], others: Marks): Table {
  const sign = group[0]?.need.kind === 'bound' && group[0].need.bound === 'most' ? -1 : 1;
  const wanted = group.map(({ position, need }) => ({
    position,
    level: need.kind === 'bound' ? sign * need.level : 0,
  }));
  const steps = stepsOf(wanted.map(({ level }) => level));
  const tables = [others, ...Array.from(steps, () => others.slice())];
  for (const { position, level } of wanted) {
    for (let reached = reachedBy(steps, level); reached < tables.length; reached += 1) {
      mark(tables[reached] as Marks, position);
    }
  }
  return { rows: joined(tables), steps, sign, rowOf: undefined };
}

function joined(tables: readonly Marks[]): Int32Array {
  return Int32Array.from(tables.flatMap((table) => [...table]));
}

function stepsOf(levels: readonly number[]): Float64Array {
  const distinct = [...new Set(levels)].sort((left, right) => left - right);
  const stride = Math.ceil(distinct.length / MAX_STEPS);
  return Float64Array.from(distinct.filter((_, index) => index % stride === 0));
}

/** How many of the ascending steps are at or below the value; none for what is no number. */
function reachedBy(steps: Float64Array, value: number): number {
  let from = 0;
  let to = steps.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((steps[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
