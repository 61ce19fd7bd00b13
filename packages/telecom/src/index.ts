export type { Alert } from './alert.ts';
export { alertOf } from './alert.ts';
export { asTold } from './as-told.ts';
export { AGENT_REQUEST, CHANNELS, telecomContract } from './attributes.ts';
export type { ContactStanding } from './contact-standing.ts';
export { contactStanding } from './contact-standing.ts';
export type { ErasurePlace, ErasureStart } from './customer-erasure.ts';
export { awaitErasure, beginErasure, isErasureFolded } from './customer-erasure.ts';
export type { CustomerPlace } from './customer-place.ts';
export { customerPlace } from './customer-place.ts';
export type { CustomerRecords, UnreadableRecord } from './customer-records.ts';
export { newestFirst, readCustomerRecords } from './customer-records.ts';
export { featureDictionary } from './customer-rules.ts';
export type { Contact, CustomerState } from './customer-state.ts';
export type {
  CustomerEvent,
  CustomerTopologyDeps,
  CustomerTopologyOptions,
  DecodedValue,
} from './customer-topology.ts';
export { createCustomerTopology } from './customer-topology.ts';
export type { CustomerView } from './customer-view.ts';
export { customerView } from './customer-view.ts';
export { withDecidedReasons } from './decided-reasons.ts';
export { OWN_SOURCE } from './decision-record.ts';
export type {
  CampaignStanding,
  ExplainedTrigger,
  Explanation,
  ExplanationOptions,
  TriggerStop,
} from './explanation.ts';
export { explainCustomer } from './explanation.ts';
export { GOAL_KPIS, HORIZON_DAYS, HORIZON_GRACE_MS } from './horizons.ts';
export { householdOf } from './household.ts';
export type { KpiArm, KpiFigure, LearningCell } from './kpi-cell.ts';
export { kpiCell, kpiCode, kpiDay, kpiFigures, kpiSeries, learningCell, summedFigures } from './kpi-cell.ts';
export { FOLLOW_UPS, LEARNING_KPI, PLAYS_KPI, UNIVERSAL } from './kpis.ts';
export { STATE_LAYOUT } from './layouts.ts';
export type { LearningCells, Learnt } from './learning.ts';
export { addLearningCells, deviationOf, learn, meanOf, priorOf } from './learning.ts';
export type { LearningQuestion, LearningRound } from './learning-round.ts';
export { learningRound, propensitiesMessage } from './learning-round.ts';
export { isLeftAlone } from './left-alone.ts';
export type { DecisionStanding, OfferStanding } from './offer-explanation.ts';
export type { EnrolmentStanding, PlanStanding } from './plan-explanation.ts';
export type { FeatureStart, PolicyEffects, TriggerStart } from './policy-effects.ts';
export { policyEffects } from './policy-effects.ts';
export type { OpenedPolicy } from './policy-switch.ts';
export { packedFilesOf } from './policy-switch.ts';
export type { Beta, Posterior, Posteriors } from './posteriors.ts';
export { keptPropensities, PROPENSITIES, readPosteriors } from './posteriors.ts';
export { MOST_UNSATISFIED } from './ratings.ts';
export { isReadable } from './readable-state.ts';
export type { Recommended, RecommendedTo } from './recommend.ts';
export { recommend } from './recommend.ts';
export type {
  LostCandidate,
  NotRecommended,
  Recommendation,
  RecommendationContext,
  RecommendedAction,
  ServiceFirst,
} from './recommendation.ts';
export { FIRST_STEP } from './step-name.ts';
export type { ContactFields } from './stored-contact.ts';
export { storedContact } from './stored-contact.ts';
export { storedStanding } from './stored-standing.ts';
export { inLanguage } from './text.ts';
export type { ExplainedFeature, TriggerStanding } from './trigger-explanation.ts';
export type { UnknownName } from './unknown-names.ts';
export { unknownName } from './unknown-names.ts';
