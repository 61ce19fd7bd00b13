export { createFeatureSet } from './feature-set.ts';
export type {
  Aggregation,
  BoundFeature,
  ExplainedTile,
  FeatureDefinition,
  FeatureExplanation,
  FeatureReader,
  FeatureSet,
  FeatureSize,
  FeatureSlots,
  FilterEquality,
  FoldContext,
  SetSize,
  UnknownReason,
  ValueTime,
  Window,
} from './model.ts';
export { LINE_FIELD, MOST_LINES } from './model.ts';
