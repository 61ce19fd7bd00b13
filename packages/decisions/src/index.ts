export { isRefused } from './allowance.ts';
export type { ContactLimit, PlannedContact } from './contact-policy.ts';
export { brokenLimit, limitHorizonMs, overLimit } from './contact-policy.ts';
export { decide } from './decide.ts';
export type { ContactKind, ContactStatus, Ledger, LedgerEntry } from './ledger.ts';
export { countsFor } from './ledger.ts';
export type {
  Arm,
  CampaignArm,
  Candidate,
  Consent,
  ConsentPurpose,
  CustomerFacts,
  Decision,
  DecisionOutcome,
  DecisionRequest,
  LostBecause,
  PlacedCandidate,
  SuppressionReason,
} from './model.ts';
export type { Placement, PlacementRequest } from './placement.ts';
export { knownZone, placeInTime } from './placement.ts';
export type { ContactKey } from './stable-hash.ts';
export { contactIdOf, shareOf } from './stable-hash.ts';
