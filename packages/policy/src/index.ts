export { asIfLive } from './as-if-live.ts';
export {
  type Campaign,
  type CampaignArmPlan,
  type CampaignBudget,
  type CampaignStep,
  type ContextFactor,
  NO_ACTION,
  type Offer,
  type Reentry,
} from './campaign-model.ts';
export { isRunning } from './campaign-time.ts';
export { type CompileAnswer, compilePolicy } from './compile.ts';
export {
  type ChannelPlan,
  type ContactCap,
  type ContactPolicy,
  plainChannel,
  type QuietRule,
  type Region,
  UNLIMITED,
} from './contact-model.ts';
export { eventFields, type FieldType, type PolicyContract, type ValueType } from './contract.ts';
export { createReporter, formatDiagnostic, type Place, type Reporter } from './diagnostic.ts';
export {
  type CampaignChange,
  diffPolicies,
  type EntryChange,
  type FieldChange,
  type PolicyDiff,
  type WrittenPolicy,
} from './diff.ts';
export { type MissingInclude, missingIncludes } from './include.ts';
export { type JsonSchema, policySchema } from './json-schema.ts';
export {
  DEFAULT_LEARNING,
  type Exploration,
  type Learning,
  type LearningSegment,
  NO_EXPLORATION,
  OTHER_SEGMENT,
} from './learning-model.ts';
export type { LintOptions } from './lint.ts';
export { createMarks, eachMark, type Marks, mark } from './marks.ts';
export type {
  Approval,
  AttributeValue,
  CompiledPolicy,
  CompiledTrigger,
  Condition,
  DerivedFeature,
  Diagnostic,
  EvidenceItem,
  Exclusion,
  FirstEvent,
  Latch,
  Need,
  Schedule,
  Scope,
  Script,
  Sequence,
  Template,
  Tier,
  Truth,
} from './model.ts';
export { VALUE_TIER } from './model.ts';
export { type RecordReader, readRecord } from './reader.ts';
export { createScopes, type ScopeInput, type Scopes, scopeOf } from './scope.ts';
export { parseStage, type Stage, stageText } from './stage.ts';
export { isIncluded, withStage } from './stage-edit.ts';
export { tierOf } from './target-section.ts';
export { isTimed } from './timed-trigger.ts';
export { TOLD_DAYS } from './told-days.ts';
export { createTriggerIndex, type TriggerIndex } from './trigger-index.ts';
export { parseDuration } from './units.ts';
export type { TierDeadlines, WorkRules } from './work-model.ts';
export { DEFAULT_DEADLINES, DEFAULT_WORK, OTHER_TIER, workDeadlineMs } from './work-model.ts';
export {
  type Entry,
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  parseYaml,
  placeOf,
  scalarText,
  scalarValue,
} from './yaml-source.ts';
