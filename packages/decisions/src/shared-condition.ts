import type { Condition, Scope } from '@holdfast/policy';

/** A condition and its place among those of its policy; conditions of the same text have the same place. */
export interface SharedCondition {
  readonly condition: Condition;
  readonly place: number;
}

/** Whether a condition is true for the customer decided on; what is unknown is not. */
export type Holds = (shared: SharedCondition) => boolean;

/** Gives conditions their places. */
export interface ConditionPlaces {
  of(condition: Condition): SharedCondition;
  /** Evaluates each text at most once in a scope: offers of a policy share most of their conditions. */
  holdsIn(scope: Scope): Holds;
}

export function createConditionPlaces(): ConditionPlaces {
  const bySource = new Map<string, SharedCondition>();
  /**
   * By place, the newest answer: the number of its scope for what holds there, its negative for what does not. An answer of
   * another scope has another number, so that one table serves all: one of its own each would be most of a small decision.
   */
  const answers: number[] = [];
  let scopes = 0;
  return {
    of(condition) {
      let shared = bySource.get(condition.source);
      if (shared === undefined) {
        shared = { condition, place: answers.push(0) - 1 };
        bySource.set(condition.source, shared);
      }
      return shared;
    },
    holdsIn(scope) {
      scopes += 1;
      const yes = scopes;
      return ({ condition, place }) => {
        const before = answers[place];
        if (before === yes) return true;
        if (before === -yes) return false;
        const isTrue = condition.evaluate(scope) === 'true';
        answers[place] = isTrue ? yes : -yes;
        return isTrue;
      };
    },
  };
}
