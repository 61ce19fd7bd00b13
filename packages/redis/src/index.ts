export type { Alert, AlertFeed, AlertFeedOptions, AppendAnswer } from './alert-feed.ts';
export { createAlertFeed, FIRST_ALERT_ID, isAlertId } from './alert-feed.ts';
export type { CommitBounds } from './commit-frame.ts';
export { CommitRefusedError } from './commit-frame.ts';
export type { ContactMarks, ContactMarksOptions } from './marks.ts';
export { createContactMarks, MARK_TTL_SECONDS } from './marks.ts';
export type { RedisShardStore, ShardStoreOptions } from './shard-store.ts';
export { createShardStore, DEFAULT_COMMIT_BOUNDS } from './shard-store.ts';
