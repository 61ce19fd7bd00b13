export type { PolicyFolder, PolicyLint } from './policy-folder.ts';
export { DEFAULT_POLICY_DIR, lintPolicyFolder, loadPolicyFolder } from './policy-folder.ts';
