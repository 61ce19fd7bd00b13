export type { Alert, AlertFeed, AlertFeedOptions, AppendAnswer } from './alert-feed.ts';
export { compareAlertIds, createAlertFeed, FIRST_ALERT_ID, isAlertId } from './alert-feed.ts';
export type { CommitBounds } from './commit-frame.ts';
export { CommitRefusedError } from './commit-frame.ts';
export type { CustomerStores } from './forget-customer.ts';
export { forgetCustomer } from './forget-customer.ts';
export type { FreeQuery } from './free-work.ts';
export type { GenerationAdmin, StatePair } from './generation-admin.ts';
export { createGenerationAdmin } from './generation-admin.ts';
export type {
  InteractionList,
  InteractionPage,
  InteractionStore,
  InteractionStoreOptions,
  StoredInteraction,
} from './interactions.ts';
export { createInteractionStore } from './interactions.ts';
export type { LayoutUpgrade, RaiseAnswer, ShardLayouts } from './layout-upgrade.ts';
export { createLayoutUpgrade } from './layout-upgrade.ts';
export type { ContactMarks, ContactMarksOptions, ProviderReference } from './marks.ts';
export { createContactMarks, MARK_TTL_SECONDS } from './marks.ts';
export type {
  OutboundEntry,
  OutboundStream,
  OutboundStreams,
  PublishedPlace,
  StreamHeads,
} from './outbound-streams.ts';
export { createOutboundStreams } from './outbound-streams.ts';
export { createQueueConnection } from './queue-connection.ts';
export type { RecentAnswers, RecentAnswersOptions, ToldEvent } from './recent-answers.ts';
export { createRecentAnswers } from './recent-answers.ts';
export type {
  RecommendationStore,
  RecommendationStoreOptions,
  StoredRecommendation,
} from './recommendations.ts';
export { createRecommendationStore } from './recommendations.ts';
export type { ChangeAnswer, HoldAnswer, OperatorEntry, ShardAdmin, ShardChange, ShardRecord } from './shard-admin.ts';
export { createShardAdmin } from './shard-admin.ts';
export type { RedisShardStore, ShardStoreOptions } from './shard-store.ts';
export { createShardStore, DEFAULT_COMMIT_BOUNDS } from './shard-store.ts';
export type { StoreConnection } from './shared-connection.ts';
export { openStoreConnection } from './shared-connection.ts';
export type {
  CurrentLease,
  DueMessages,
  Settlement,
  StoredMessage,
  SubscriptionLease,
  SubscriptionMessages,
  SubscriptionStatus,
} from './subscription-messages.ts';
export { createSubscriptionMessages } from './subscription-messages.ts';
export type { StoredSubscription, SubscriptionStore } from './subscriptions.ts';
export { createSubscriptionStore } from './subscriptions.ts';
export type { NewWorkItem, WorkItem, WorkKind, WorkState } from './work-item.ts';
export { LIVE_STATES, WORK_STATES } from './work-item.ts';
export type {
  HandOver,
  Withdrawal,
  WorkActor,
  WorkAnswer,
  WorkFigures,
  WorkList,
  WorkListOptions,
  WorkRefusal,
} from './work-list.ts';
export { createWorkList, MOST_UNTOLD } from './work-list.ts';
export type { RelayTurn, WorkChangeEntry } from './work-outbox.ts';
export type { WorkFilter, WorkPage, WorkPlaceFacts, WorkQuery, WorkSort } from './work-search.ts';
export { WORK_SORTS } from './work-search.ts';
