import { eventFields, type PolicyContract } from '../src/index.ts';

/** What the default pack may speak about, as the telecom package tells it. */
export const telecom: PolicyContract = {
  events: eventFields(),
  attributes: {
    customer_id: 'string',
    tier: 'string',
    language: 'string',
    city: 'string',
    age: 'double',
    tenure_days: 'double',
    has_mobile: 'bool',
    has_broadband: 'bool',
    products: 'strings',
    plan: 'string',
    data_allowance_mb: 'double',
    days_left_in_cycle: 'double',
    suspended: 'bool',
    complaint_open: 'bool',
    exclusions: 'strings',
    churn_score: 'double',
  },
  channels: ['call-centre', 'app-push', 'sms', 'email'],
  limits: { awaited: 8, timed: 16 },
};
