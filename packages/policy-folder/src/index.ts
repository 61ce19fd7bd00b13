export { openPolicy } from './packed-policy.ts';
export type { PackedPolicy, PolicyFiles, UnpackedPolicy } from './policy-files.ts';
export { packPolicyFiles, unpackPolicyFiles } from './policy-files.ts';
export type { PolicyFolder, PolicyLint } from './policy-folder.ts';
export { DEFAULT_POLICY_DIR, lintPolicyFolder, loadPolicyFolder, readPolicyFiles } from './policy-folder.ts';
export { readPolicyTestFiles } from './test-files.ts';
