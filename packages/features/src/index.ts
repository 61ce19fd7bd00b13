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
