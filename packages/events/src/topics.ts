import type { Family } from './schemas.ts';

/** Topics of the customer topology, all keyed by customerId with equal partition counts. */
export const INPUT_TOPICS = {
  usage: 'telecom.usage.v1',
  subscription: 'telecom.subscription.v1',
  churn: 'telecom.churn.v1',
  customer: 'telecom.customer.v1',
  interaction: 'telecom.interaction.v1',
} as const satisfies Record<Family, string>;

/** One copy per partition: policy versions, propensities, budget grants, erasures. */
export const CONTROL_TOPIC = 'holdfast.control.v1';
/** Decisions out, keyed by customerId, co-partitioned with the inputs. */
export const DECISION_TOPIC = 'holdfast.decision.v1';
/** Who did what with the policy; a record in one partition, never one per partition. */
export const AUDIT_TOPIC = 'holdfast.audit.v1';
/** Who looked at which customer, by pseudonym. */
export const ACCESS_TOPIC = 'holdfast.access.v1';
/** Records that cannot be folded, with original bytes, key and headers. */
export const DEAD_LETTER_TOPIC = 'holdfast.dead-letter.v1';

/** What a shard of the customer topology reads, in merge order on equal append time. */
export const CUSTOMER_INPUTS: readonly string[] = [...Object.values(INPUT_TOPICS), CONTROL_TOPIC].sort();

/** Name of the one topology that ever contacts anybody; part of the shards' keys in Redis. */
export const CUSTOMER_TOPOLOGY = 'customer';
