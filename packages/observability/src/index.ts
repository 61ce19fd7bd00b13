export { addressCheck } from './address-check.ts';
export type { Environment } from './config.ts';
export { ConfigError, parseConfig } from './config.ts';
export {
  brokersField,
  hostField,
  logLevelField,
  portField,
  redisUrlField,
  registryUrlField,
} from './config-fields.ts';
export type { KafkaConnection, KafkaSecurity } from './connection-fields.ts';
export {
  kafkaConnection,
  kafkaFields,
  redisFields,
  redisUrlsOf,
  registryFields,
  registryUrlOf,
} from './connection-fields.ts';
export type { ErrorDescription } from './error-description.ts';
export { describeError, errorMessage, withoutCredentials } from './error-description.ts';
export type { FollowedFile, FollowedFileDeps, FollowedFileOptions, Reading } from './followed-file.ts';
export { followFile } from './followed-file.ts';
export type { Check, CheckAnswer, Health, HealthOptions, HealthReport, Probe } from './health.ts';
export { createHealth } from './health.ts';
export type { LateDependency, LateDependencyOptions } from './late-dependency.ts';
export { createLateDependency } from './late-dependency.ts';
export type { Logger, LoggerOptions, LogLevel } from './logger.ts';
export { createLogger } from './logger.ts';
export type { LoopWatch, LoopWatchOptions } from './loop-watch.ts';
export { createLoopWatch } from './loop-watch.ts';
export type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  HistogramOptions,
  Labels,
  MetricOptions,
  Metrics,
} from './metrics.ts';
export { createMetrics, LATENCY_BUCKETS_SECONDS } from './metrics.ts';
export type { OpsAnswer, OpsPages, OpsServer } from './ops-server.ts';
export { createOpsServer, opsAnswer } from './ops-server.ts';
export { createPseudonym } from './pseudonym.ts';
export type { Shutdown, ShutdownOptions, ShutdownStep } from './shutdown.ts';
export { onShutdown } from './shutdown.ts';
export { startService } from './start.ts';
export type { WatchedFile, WatchedFileOptions } from './watched-file.ts';
export { createWatchedFile } from './watched-file.ts';
