export { DEFAULT_POLICY_DIR, loadPolicyFolder, type PolicyFolder } from './policy-folder.ts';
