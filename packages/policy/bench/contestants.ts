import {
  type CompiledTrigger,
  createMarks,
  createScopes,
  createTriggerIndex,
  eachMark,
  type Scope,
} from '@holdfast/policy';
import { Engine } from 'json-rules-engine';
import { type BenchEvent, createPlainCustomer, type PlainFacts } from './plain-customer.ts';
import type { BenchRule } from './rule-book.ts';
import { policyOf } from './rule-policy.ts';
import { CYCLE_START, type RuleStory, type ToldEvent } from './rule-story.ts';

/** One way to run the rules; each run begins with customers nobody knows. */
export interface Contestant {
  begin(): ContestantRun;
}

export interface ContestantRun {
  /** Takes an event in, without looking at rules. */
  fold(told: ToldEvent): void;
  /** Takes an event in and tells which rules fire on it, in order of the rules. */
  answer(told: ToldEvent, fired: (rule: string) => void): Promise<void> | undefined;
}

interface PolicyRun extends ContestantRun {
  scopeOf(told: ToldEvent): Scope;
}

const DAY_MS = 86_400_000;

/** What became of each rule for one customer: fired today already, or its latch is shut. */
interface Memory {
  readonly firedOn: Int32Array;
  readonly shut: Set<number>;
}

const memories = (customers: number, rules: number): readonly Memory[] =>
  Array.from({ length: customers }, () => ({ firedOn: new Int32Array(rules), shut: new Set<number>() }));

/** Answers whether the rule has its turn now, and remembers it. */
function takeTurn(memory: Memory, rule: number, atMs: number, isLatched: boolean): boolean {
  const day = Math.floor(atMs / DAY_MS);
  if (isLatched) memory.shut.add(rule);
  if (memory.firedOn[rule] === day) return false;
  memory.firedOn[rule] = day;
  return true;
}

export function compiledPolicy(rules: readonly BenchRule[], { customers }: RuleStory): Contestant {
  const policy = policyOf(rules);
  const positions = new Map(rules.map(({ id }, position) => [id, position]));
  const boards = new Map(
    [...Map.groupBy(policy.triggers.values(), ({ on = '' }) => on)].map(([type, triggers]) => [
      type,
      {
        index: createTriggerIndex(triggers),
        numbers: triggers.map(({ id }) => positions.get(id) ?? 0),
        marks: createMarks(triggers.length),
      },
    ]),
  );
  const places = [...policy.triggers.values()];
  return {
    begin() {
      const slots = customers.map(() => policy.features.create());
      const memory = memories(customers.length, rules.length);
      const scopes = createScopes(policy);
      const context = { atMs: 0, cycleStartMs: CYCLE_START };
      const moment = {
        customer: 0,
        slots: slots[0] ?? policy.features.create(),
        attribute: (name: string) => (customers[moment.customer] as unknown as Record<string, string | number>)[name],
        event: undefined as Readonly<Record<string, unknown>> | undefined,
        asOfMs: 0,
        cycleStartMs: CYCLE_START,
        // Lines that began with what is told of them: every window is covered.
        knownSinceMs: Number.MAX_SAFE_INTEGER,
        // A rule whose latch is shut is not asked.
        latched: () => true,
      };
      const fold = ({ customer, atMs, event }: ToldEvent): void => {
        context.atMs = atMs;
        context.cycleStartMs = atMs < CYCLE_START ? 0 : CYCLE_START;
        policy.features.fold(slots[customer] as (typeof slots)[number], event.type, fieldsOf(event), context);
      };
      const scopeOf = ({ customer, event, atMs }: ToldEvent): Scope => {
        moment.customer = customer;
        moment.slots = slots[customer] as (typeof slots)[number];
        moment.event = fieldsOf(event);
        moment.asOfMs = atMs;
        return scopes.at(moment);
      };
      const run: PolicyRun = {
        fold,
        scopeOf,
        answer(told, fired) {
          fold(told);
          const board = boards.get(told.event.type);
          if (board === undefined) return undefined;
          const scope = scopeOf(told);
          const own = memory[told.customer] as Memory;
          for (const rule of own.shut) rearm(own, rule, places[rule] as CompiledTrigger, scope);
          if (!board.index.mark(scope, board.marks)) return undefined;
          eachMark(board.marks, (position) => {
            const trigger = board.index.triggers[position] as CompiledTrigger;
            const rule = board.numbers[position] as number;
            const isLatched = trigger.latches.length > 0;
            if (isLatched && own.shut.has(rule)) return;
            if (trigger.when.evaluate(scope) === 'true' && takeTurn(own, rule, told.atMs, isLatched)) fired(trigger.id);
          });
          return undefined;
        },
      };
      return run;
    },
  };
}

/** The compiled policy without its rules: what is spent on features before one is looked at, read by nobody or once each. */
export function featuresOnly(rules: readonly BenchRule[], story: RuleStory, isRead: boolean): Contestant {
  const names = [...new Set(rules.flatMap(({ json }) => json.map(({ fact }) => fact)))].filter((name) =>
    policyOf([]).features.definitions.some((feature) => feature.name === name),
  );
  const whole = compiledPolicy(rules, story);
  return {
    begin() {
      const { fold, scopeOf } = whole.begin() as PolicyRun;
      return {
        fold,
        answer(told) {
          fold(told);
          if (isRead) {
            const scope = scopeOf(told);
            for (const name of names) scope.feature(name);
          }
          return undefined;
        },
      };
    },
  };
}

function rearm({ shut }: Memory, rule: number, { latches }: CompiledTrigger, scope: Scope): void {
  const value = latches[0] && scope.feature(latches[0].feature);
  if (value !== undefined && value < (latches[0]?.rearm ?? 0)) shut.delete(rule);
}

const fieldsOf = (event: BenchEvent) => event as unknown as Readonly<Record<string, unknown>>;

/** Rules by event type, as anybody would have them; each is asked on every event of its type. */
export function closures(rules: readonly BenchRule[], { customers }: RuleStory): Contestant {
  const numbered = rules.map((rule, number) => ({ rule, number }));
  const byType = Map.groupBy(numbered, ({ rule }) => rule.on);
  return {
    begin() {
      const plain = customers.map((who) => createPlainCustomer(who, CYCLE_START));
      const memory = memories(customers.length, rules.length);
      return {
        fold: ({ customer, atMs, event }) => plain[customer]?.fold(event, atMs),
        answer({ customer, atMs, event }, fired) {
          const who = plain[customer] as (typeof plain)[number];
          who.fold(event, atMs);
          const facts = who.look(event, atMs);
          const own = memory[customer] as Memory;
          for (const number of own.shut) rearmPlain(own, number, rules[number] as BenchRule, facts);
          for (const { rule, number } of byType.get(event.type) ?? []) {
            if (rule.latch !== undefined && own.shut.has(number)) continue;
            if (rule.plain(facts) && takeTurn(own, number, atMs, rule.latch !== undefined)) fired(rule.id);
          }
          return undefined;
        },
      };
    },
  };
}

function rearmPlain({ shut }: Memory, number: number, { latch }: BenchRule, facts: PlainFacts): void {
  if (latch !== undefined && (facts[latch.feature] as number) < latch.rearm) shut.delete(number);
}

/** One engine per event type; the facts are the plain ones, worked out beforehand. */
export function jsonRules(rules: readonly BenchRule[], { customers }: RuleStory): Contestant {
  const numbers = new Map(rules.map(({ id }, number) => [id, number]));
  const engines = new Map([...Map.groupBy(rules, ({ on }) => on)].map(([type, own]) => [type, engineOf(own)]));
  return {
    begin() {
      const plain = customers.map((who) => createPlainCustomer(who, CYCLE_START));
      const memory = memories(customers.length, rules.length);
      return {
        fold: ({ customer, atMs, event }) => plain[customer]?.fold(event, atMs),
        async answer({ customer, atMs, event }, fired) {
          const who = plain[customer] as (typeof plain)[number];
          who.fold(event, atMs);
          const facts = who.look(event, atMs);
          const own = memory[customer] as Memory;
          for (const number of own.shut) rearmPlain(own, number, rules[number] as BenchRule, facts);
          const answer = await engines.get(event.type)?.run({ ...facts });
          const told = (answer?.events ?? []).map(({ type }) => numbers.get(type) ?? 0).sort((a, b) => a - b);
          for (const number of told) {
            const { id, latch } = rules[number] as BenchRule;
            if (latch !== undefined && own.shut.has(number)) continue;
            if (takeTurn(own, number, atMs, latch !== undefined)) fired(id);
          }
        },
      };
    },
  };
}

function engineOf(rules: readonly BenchRule[]): Engine {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const { id, json } of rules) {
    engine.addRule({ conditions: { all: json.map((condition) => ({ ...condition })) }, event: { type: id } });
  }
  return engine;
}
