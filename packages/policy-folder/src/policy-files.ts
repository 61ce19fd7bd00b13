import { gunzipSync, gzipSync } from 'node:zlib';

/** Bounds of a policy that travels. A record of it fits a broker with default settings, and opening one is bounded work. */
export const MAX_PACKED_BYTES = 512 * 1024;
export const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
export const MAX_POLICY_FILES = 1_000;
export const MAX_PATH_LENGTH = 512;

/** Texts by path, as `compilePolicy` takes them. */
export type PolicyFiles = Readonly<Record<string, string>>;

export type PackedPolicy =
  | { readonly kind: 'ok'; readonly bytes: Buffer }
  | { readonly kind: 'invalid'; readonly message: string };

export type UnpackedPolicy =
  | { readonly kind: 'ok'; readonly files: PolicyFiles }
  | { readonly kind: 'invalid'; readonly message: string };

/** Gzip of the files as JSON, paths in order, so that equal folders are equal bytes. Beyond a bound: which one. */
export function packPolicyFiles(files: PolicyFiles): PackedPolicy {
  const problem = problemOf(files);
  if (problem !== undefined) return invalid(problem);
  const json = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Object.keys(files)
          .sort()
          .map((path) => [path, files[path]]),
      ),
    ),
  );
  if (json.length > MAX_UNPACKED_BYTES) {
    return invalid(`the policy has ${json.length} bytes of text, at most ${MAX_UNPACKED_BYTES} are allowed`);
  }
  const bytes = gzipSync(json);
  if (bytes.length <= MAX_PACKED_BYTES) return { kind: 'ok', bytes };
  return invalid(`the policy takes ${bytes.length} bytes packed, at most ${MAX_PACKED_BYTES} are allowed`);
}

/** The files of a packed policy. Never throws; stops unpacking at the bound, however much more there is. */
export function unpackPolicyFiles(bytes: Uint8Array): UnpackedPolicy {
  if (bytes.length > MAX_PACKED_BYTES) {
    return invalid(`it takes ${bytes.length} bytes packed, at most ${MAX_PACKED_BYTES} are allowed`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }).toString('utf8'));
  } catch (error) {
    return invalid(unreadable(error));
  }
  const problem = problemOf(parsed);
  return problem === undefined ? { kind: 'ok', files: parsed as PolicyFiles } : invalid(problem);
}

function problemOf(files: unknown): string | undefined {
  if (typeof files !== 'object' || files === null || Array.isArray(files)) return 'it is no map of texts by path';
  const entries = Object.entries(files);
  if (entries.length === 0) return 'it has no files';
  if (entries.length > MAX_POLICY_FILES)
    return `it has ${entries.length} files, at most ${MAX_POLICY_FILES} are allowed`;
  for (const [path, text] of entries) {
    if (typeof text !== 'string') return `the content of ${JSON.stringify(path.slice(0, 80))} is no text`;
    if (!isPath(path)) return `${JSON.stringify(path.slice(0, 80))} is no path of a policy file`;
  }
  return undefined;
}

/** Relative, within the folder, with slashes: what the reader of a folder makes of it. */
function isPath(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || !path.endsWith('.yaml') || path.includes('\\')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it unpacks to more than the ${MAX_UNPACKED_BYTES} bytes allowed`;
  return `it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
}

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
