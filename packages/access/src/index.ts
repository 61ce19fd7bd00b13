export { KEY_PREFIX, keyDigest, newApiKey } from './api-key.ts';
export type { KeyEntry } from './key-file.ts';
export { accessName, keyEntryText, readKeyFile } from './key-file.ts';
export type { Role } from './roles.ts';
export { ROLES } from './roles.ts';
export { readSettings, SettingsFileError } from './settings-file.ts';
