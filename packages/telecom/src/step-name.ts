import type { CampaignPlan, PlanTurn } from './customer-state.ts';

/** What a step of a plan is called in decisions; it makes the contact's id, so no two turns of a plan share one. */
export const FIRST_STEP = 'first';

type Turn = Pick<CampaignPlan, 'stepIndex' | 'attempt'> & { readonly next: Exclude<PlanTurn, 'end'> };

/** `first`, `step-2`; `step-2~3` is the third attempt of it, on another channel; `step-2+3` a reminder. */
export function stepName({ stepIndex, attempt, next }: Turn): string {
  if (next !== 'step') return `step-${stepIndex + 1}${next === 'fallback' ? '~' : '+'}${attempt}`;
  return stepIndex === 0 ? FIRST_STEP : `step-${stepIndex + 1}`;
}

/** Place and attempt in the plan; undefined for what is no step of one. */
export function parseStep(name: string): { readonly stepIndex: number; readonly attempt: number } | undefined {
  if (name === FIRST_STEP) return { stepIndex: 0, attempt: 1 };
  const [, step, attempt] = /^step-(\d{1,3})(?:[~+](\d{1,3}))?$/.exec(name) ?? [];
  return step === undefined ? undefined : { stepIndex: Number(step) - 1, attempt: Number(attempt ?? 1) };
}
