export type { CampaignPlan } from './campaign-plan.ts';
export { ALPHA, type CampaignReport, type GoalReport, type ReportRequest, reportOf } from './campaign-report.ts';
export { type Cell, type DayRange, wholeRange } from './cell.ts';
export type { Comparison, Verdict } from './comparison.ts';
export { describeEvaluation } from './describe-evaluation.ts';
export { describeMonths } from './describe-months.ts';
export { describePresented } from './describe-presented.ts';
export { describeReport } from './describe-report.ts';
export type { Economics, ReturnOnCost } from './economics.ts';
export { type Evaluation, evaluate, NOT_SENT, type WayEstimate } from './evaluation.ts';
export { describeFollowUps, type FollowUpReport, followUpReportOf } from './follow-up-report.ts';
export type {
  ChannelLoad,
  ContactStage,
  DeskCounts,
  Funnel,
  OfferResult,
  Rates,
  Ratio,
  StageCounts,
} from './funnel.ts';
export type { Interval } from './interval.ts';
export { LEAST_PER_ARM, type Moments, meanDifferenceInterval } from './mean-difference.ts';
export { type CampaignCells, type CampaignMonths, type Change, compareMonths, type MonthComparison } from './months.ts';
export {
  type DecisionPoint,
  type DecisionPolicy,
  doublyRobust,
  type EstimateOptions,
  fitMeans,
  ips,
  type LoggedDecision,
  type OffPolicyEstimate,
  type RewardModel,
  snips,
} from './off-policy.ts';
export type { Measure } from './outcome.ts';
export {
  evaluatePresented,
  type OfferEstimate,
  type PresentedEvaluation,
  type PresentedOffer,
  type ShareEstimate,
} from './presented-offers.ts';
export { ALARM_BELOW, type Allocation, checkRatio, type RatioCheck } from './ratio-alarm.ts';
export {
  type Cohort,
  customersToShow,
  logEvidence,
  type ShareCount,
  shareDifferenceInterval,
} from './share-difference.ts';
export type { Suggestion } from './suggestions.ts';
