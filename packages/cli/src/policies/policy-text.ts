import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePolicy, formatDiagnostic, isIncluded, type WrittenPolicy, withStage } from '@holdfast/policy';
import { packPolicyFiles, readPolicyFiles, unpackPolicyFiles } from '@holdfast/policy-folder';
import { telecomContract } from '@holdfast/telecom';
import { StackFailure } from '../../../../infra/stack/index.mjs';

/** A policy that this release compiles, in the form in which it travels. */
export interface PackedPolicy extends WrittenPolicy {
  readonly bytes: Buffer;
}

/** Reads and compiles a folder. Throws `StackFailure` with every finding, or with the bound it is beyond. */
export function openFolder(dir: string): PackedPolicy {
  let files: Readonly<Record<string, string>>;
  try {
    files = readPolicyFiles(dir);
  } catch (error) {
    throw new StackFailure(`${dir}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (Object.keys(files).length === 0) throw new StackFailure(`${dir}: no *.yaml file in this folder`);
  return openFiles(files, dir);
}

/** The same of texts by path; `name` is what messages call them. */
export function openFiles(files: Readonly<Record<string, string>>, name: string): PackedPolicy {
  const answer = compilePolicy(files, telecomContract());
  if (answer.kind === 'invalid') {
    throw new StackFailure(`${name} does not compile`, answer.diagnostics.map(formatDiagnostic).join('\n  '));
  }
  const packed = packPolicyFiles(files);
  if (packed.kind === 'invalid') throw new StackFailure(`${name} cannot be published: ${packed.message}`);
  return { files, policy: answer.policy, bytes: packed.bytes };
}

/** Unpacks and compiles a published version. Throws `StackFailure` when this release cannot. */
export function openPacked(bytes: Buffer, version: string): PackedPolicy {
  return openFiles(filesOf(bytes, version), `version ${version}`);
}

/** The texts of a published version by path. Throws `StackFailure` on what is no policy. */
export function filesOf(bytes: Buffer, version: string): Readonly<Record<string, string>> {
  const unpacked = unpackPolicyFiles(bytes);
  if (unpacked.kind === 'ok') return unpacked.files;
  throw new StackFailure(`the files of ${version} cannot be read back: ${unpacked.message}`);
}

/**
 * The stage of a campaign in a folder on disk, changed and compiled before anything is written. Throws `StackFailure` when the
 * folder does not have the campaign.
 */
export function writeStage(
  { files }: WrittenPolicy,
  campaign: string,
  stage: string,
): { readonly save: (dir: string) => string } {
  const changed = withStage(files, campaign, stage);
  openFiles(changed, 'the folder with the new stage');
  const path = Object.keys(changed).find((name) => changed[name] !== files[name]);
  if (path !== undefined && isIncluded(path)) {
    throw new StackFailure(`the stage of ${campaign} stands in an included folder: ${path}`, 'change it there');
  }
  return {
    save(dir) {
      if (path !== undefined) writeFileSync(join(dir, path), changed[path] ?? '');
      return path ?? dir;
    },
  };
}
