import { type Breaker, createBreaker } from '@holdfast/webhook';
import type { RetryPlan } from '../retry.ts';
import type { ChannelPlan } from './channel-plan.ts';

/** What every channel with a provider behind it has. */
export interface ProviderParts {
  readonly name: string;
  readonly retry: RetryPlan;
  readonly breaker: Breaker;
}

type ProvidedPlan = Exclude<ChannelPlan, { readonly adapter: 'work-list' }>;

export function providerParts(name: string, plan: ProvidedPlan, now: () => number): ProviderParts {
  const { retry, breaker } = plan;
  return {
    name,
    retry: { firstMs: retry.first, maxMs: retry.max, maxTries: retry.tries },
    breaker: createBreaker({ failures: breaker.failures, openMs: breaker.open, maxOpenMs: breaker.maxOpen }, now),
  };
}
