import type { Condition } from './model.ts';

export interface Offer {
  readonly id: string;
  readonly title: Readonly<Record<string, string>>;
  readonly category: 'retention' | 'cross-sell' | 'service';
  /** Value to the operator when accepted and its cost, in minor units of `currency`. */
  readonly valueMinor: number;
  readonly costMinor: number;
  readonly currency: string;
  /** Prior probability that it is accepted. */
  readonly propensity: number;
  readonly validForMs: number;
  readonly channels: readonly string[];
  readonly script?: string;
  readonly eligible: Condition;
  /** Multiplies its value: what the operator wants more or less of than its money says; 1 where it says nothing. */
  readonly lever: number;
  /** Factors of the value; those whose condition is true multiply. */
  readonly context: readonly ContextFactor[];
}

export interface ContextFactor {
  readonly when: Condition;
  readonly factor: number;
}

/** `no_action` is always a candidate with value 0 and cost 0; it is never listed in `offers`. */
export const NO_ACTION = 'no_action';

export interface Campaign {
  readonly id: string;
  readonly owner: string;
  /** Whose work its contacts by a person are; the owner where it names no desk, empty where it names neither. */
  readonly desk: string;
  /** Of the desk; empty where it names none. */
  readonly team: string;
  readonly driver: string;
  /** `baseline`: share of the KPI without the campaign, when the author knows it. */
  readonly goal: { readonly kpi: string; readonly target: number; readonly baseline?: number };
  /** Runs in `[fromMs, untilMs)`; an end that is absent is open. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Who is meant: name and condition of a template; everybody when absent. */
  readonly target?: { readonly template: string; readonly when: Condition };
  readonly triggers: readonly string[];
  readonly offers: readonly string[];
  /** Share of enrolled customers kept as control, 0…1. */
  readonly holdout: number;
  /** The one of the section `stages` where it has one, else the campaign's own. */
  readonly stage: 'draft' | 'shadow' | 'canary' | 'live' | 'retired';
  /** Share of customers it is open to: of a canary what it says, 1 when live, else 0. */
  readonly share: number;
  /** Multiplies that of its offers. */
  readonly lever: number;
  /** The plan of contacts; empty where the policy leaves it to the offers. */
  readonly steps: readonly CampaignStep[];
  /** Variants; empty where all treated customers get the same. */
  readonly arms: readonly CampaignArmPlan[];
  readonly budget?: CampaignBudget;
  readonly reentry: Reentry;
  /** How long after a contact what the customer does unasked is put down to it, ms; as long as contacts are known when absent. */
  readonly attributionMs?: number;
  /** Service actions are exempt from the universal holdout. */
  readonly kind: 'marketing' | 'service';
}

export interface CampaignStep {
  readonly channel: string;
  /** Since the step before, ms; 0 for the first. */
  readonly afterMs: number;
  /** Left out when the customer did so since the step before. */
  readonly unless?: 'responded' | 'accepted';
  /** Channels tried in this order when delivery fails or expires. */
  readonly fallback: readonly string[];
  /** Of the campaign's offers those that the step may make; all when absent. */
  readonly offers?: readonly string[];
}

/** What all contacts of a campaign may cost, and how many they may be; no bound where it is absent. */
export interface CampaignBudget {
  readonly amountMinor?: number;
  readonly pieces?: number;
}

/** Whether a customer may enter a campaign anew; `after` counts from the end of his last plan. */
export type Reentry =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'after'; readonly afterMs: number };

export interface CampaignArmPlan {
  readonly id: string;
  /** Of the treated customers. */
  readonly share: number;
  readonly offers: readonly string[];
}
