export type { Alert } from './alert.ts';
export { alertOf } from './alert.ts';
export { CHANNELS, CUSTOMER_ATTRIBUTES, telecomContract } from './attributes.ts';
export type { ContactStanding } from './contact-standing.ts';
export { contactStanding } from './contact-standing.ts';
export type { CustomerState } from './customer-state.ts';
export type {
  CustomerEvent,
  CustomerTopologyDeps,
  CustomerTopologyOptions,
  DecodedValue,
} from './customer-topology.ts';
export { createCustomerTopology } from './customer-topology.ts';
export type { CustomerView } from './customer-view.ts';
export { customerView } from './customer-view.ts';
export { OWN_SOURCE } from './decision-record.ts';
export { PLAYS_KPI } from './kpis.ts';
export { STATE_LAYOUT } from './state-codec.ts';
