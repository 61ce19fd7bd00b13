export { type CompileAnswer, compilePolicy } from './compile.ts';
export { eventFields, type FieldType, type PolicyContract, type ValueType } from './contract.ts';
export { formatDiagnostic } from './diagnostic.ts';
export type {
  AttributeValue,
  Campaign,
  CompiledPolicy,
  CompiledTrigger,
  Condition,
  ContactCap,
  ContactPolicy,
  DerivedFeature,
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
export { type ScopeInput, scopeOf } from './scope.ts';
