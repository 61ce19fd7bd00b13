export type {
  AttributeValue,
  Campaign,
  CompiledPolicy,
  CompiledTrigger,
  Condition,
  ContactCap,
  ContactPolicy,
  Diagnostic,
  EvidenceItem,
  Exclusion,
  Latch,
  Offer,
  Scope,
  Script,
  Truth,
} from './model.ts';
export { NO_ACTION } from './model.ts';
