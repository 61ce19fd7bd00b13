export { isRefused } from './allowance.ts';
export { isOpenTo } from './canary.ts';
export { slotOf } from './capacity.ts';
export type { ChannelExplanation, ChannelQuestion } from './channel-explanation.ts';
export { explainChannel } from './channel-explanation.ts';
export type { ContactLimit, PlannedContact } from './contact-policy.ts';
export { brokenLimit, limitHorizonMs, overLimit } from './contact-policy.ts';
export type { CustomerDealings, FrozenEnrolment, LastPlan } from './dealings.ts';
export { NO_DEALINGS } from './dealings.ts';
export { chosenOf, decide } from './decide.ts';
export { armOf } from './experiment.ts';
export type { Choice } from './exploration.ts';
export { choose, probabilitiesOf } from './exploration.ts';
export { channelsTried } from './judging.ts';
export type { ContactKind, ContactStatus, Ledger, LedgerEntry } from './ledger.ts';
export { countsFor } from './ledger.ts';
export type { LimitExplanation } from './limit-explanation.ts';
export { explainLimit } from './limit-explanation.ts';
export type { Locality } from './locality.ts';
export { knownZone, localityOf } from './locality.ts';
export type {
  Arm,
  CampaignArm,
  Candidate,
  Consent,
  ConsentPurpose,
  CustomerFacts,
  Decision,
  DecisionBasis,
  DecisionOutcome,
  DecisionRequest,
  PlacedCandidate,
  RequestOrigin,
} from './model.ts';
export type { LostBecause, Reason, SuppressionReason } from './reason.ts';
export { REASONS } from './reason.ts';
export { decideInShadow } from './shadow.ts';
export type { ContactKey } from './stable-hash.ts';
export { contactIdOf, shareOf } from './stable-hash.ts';
export type { ShardStanding } from './standing.ts';
export { UNBOUNDED } from './standing.ts';
