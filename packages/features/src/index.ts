export { createFeatureSet } from './feature-set.ts';
export type {
  Aggregation,
  BoundFeature,
  FeatureDefinition,
  FeatureSet,
  FeatureSlot,
  FeatureSlots,
  FoldContext,
  Window,
} from './model.ts';
export { SLACK_TILES } from './slot.ts';
