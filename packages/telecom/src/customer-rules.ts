import type { Rules, StateDictionary } from '@holdfast/engine';
import type { BudgetAsked, BudgetGranted, DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import type { Activations } from './activations.ts';
import { stepAdoption } from './adoption-step.ts';
import { stepBudget } from './budget-grants.ts';
import type { BudgetPeaks, EncodeBudget } from './budgets.ts';
import type { CustomerState } from './customer-state.ts';
import type { CustomerEvent } from './customer-topology.ts';
import { createEffectCollectors, type EffectCollectors } from './effects.ts';
import { createEventPlans, type EventPlans } from './event-plan.ts';
import { type EventSurroundings, stepEvent } from './event-step.ts';
import { createPrimer, type LatchedTrigger, latchedTriggers } from './priming.ts';
import type { RecentLimits } from './recent-events.ts';
import { surroundingsOf } from './scope.ts';
import { createCustomerState, decodeCustomerState, encodeCustomerState } from './state-codec.ts';
import { dueOf, stepTimer } from './timer-step.ts';

/** What all shards under one policy share. */
export interface PolicyKit {
  readonly policy: CompiledPolicy;
  readonly surroundings: EventSurroundings;
  readonly planOf: EventPlans;
  readonly latched: readonly LatchedTrigger[];
  readonly dictionary: StateDictionary;
  readonly collectors: EffectCollectors;
}

export interface PolicyKitDeps {
  readonly recentLimits: RecentLimits;
  /** Not the one that holds before all that is published. */
  readonly isPublished: boolean;
  readonly listsAllCandidates: boolean;
  /** The decision in the wire format of the decision log. */
  encodeDecision(decision: DecisionMade): Buffer;
  readonly encodeBudget: EncodeBudget | undefined;
}

export function createPolicyKit(
  policy: CompiledPolicy,
  { recentLimits, encodeDecision, encodeBudget, isPublished, listsAllCandidates }: PolicyKitDeps,
): PolicyKit {
  const surroundings = surroundingsOf(policy);
  const budgets = { ...surroundings.budgets, hasPool: encodeBudget !== undefined };
  return {
    policy,
    surroundings: { ...surroundings, budgets, encodeBudget, recentLimits, isPublished, listsAllCandidates },
    planOf: createEventPlans(policy),
    latched: latchedTriggers(policy),
    dictionary: featureDictionary(policy),
    collectors: createEffectCollectors(encodeDecision),
  };
}

/** What a shard keeps of the policies before. */
export interface ShardPast {
  readonly activations: Activations;
  readonly budgetPeaks: BudgetPeaks;
}

/** How customers are folded under a policy. */
export function customerRules(
  kit: PolicyKit,
  { activations, budgetPeaks }: ShardPast,
): Rules<CustomerState, CustomerEvent> {
  const { policy, planOf, latched, collectors } = kit;
  const budgets = { ...kit.surroundings.budgets, peaks: budgetPeaks };
  const surroundings = { ...kit.surroundings, budgets };
  const primer = createPrimer(policy, activations);
  return {
    create: createCustomerState,
    encode: (state, layout) => encodeCustomerState(state, policy.features, layout),
    read: decodeCustomerState,
    step(state, stimulus, context) {
      const effects = collectors.begin(context);
      if (stimulus.kind === 'timer') return stepTimer(state, context, surroundings, effects);
      if (stimulus.kind === 'adopt') {
        const decisions = stimulus.decisions.filter((decision) => decision.type === 'DecisionMade');
        return stepAdoption(state, decisions, context, surroundings, effects);
      }
      const { event, isLate } = stimulus;
      if (event.type === 'DecisionMade' || isBudgetEvent(event)) return effects.finish('ignored');
      const told = { event, isLate, plan: planOf(event.type), primer, latched };
      return stepEvent(state, told, context, surroundings, effects);
    },
    stepShard(event, context) {
      const { encodeBudget } = surroundings;
      if (!encodeBudget || !isBudgetEvent(event)) return { ...NO_EFFECTS, outcome: 'ignored' };
      return stepBudget(event, { ...context, budgets }, encodeBudget);
    },
    // Holds the kit, so that it is there as long as a shard works by it.
    due: (state) => dueOf(state, kit.policy),
    dictionary: kit.dictionary,
  };
}

const NO_EFFECTS = { outbox: [], kpis: [], history: [] };

function isBudgetEvent(event: CustomerEvent): event is BudgetAsked | BudgetGranted {
  return event.type === 'BudgetAsked' || event.type === 'BudgetGranted';
}

/** Stored features name the set that wrote them; a policy that came later reads them by its description. */
export function featureDictionary({ features }: CompiledPolicy): StateDictionary {
  return {
    entries: { [features.name]: features.description },
    learn(entries) {
      for (const text of Object.values(entries)) features.learn(text);
    },
  };
}
