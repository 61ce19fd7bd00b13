export { readConfig, type WorkerConfig } from './config.ts';
