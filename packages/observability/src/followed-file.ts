import type { CheckAnswer } from './health.ts';
import { createWatchedFile } from './watched-file.ts';

/** A settings file that is in force, and again whenever it changes. */
export interface FollowedFile {
  /** For `/readyz`: a bad file is said there; without a good one before it nothing is in force. */
  check(): CheckAnswer;
  /** Looks now instead of at the next turn. */
  look(): Promise<void>;
  /** Resolves when a change under way has been made. */
  close(): Promise<void>;
}

export interface FollowedFileOptions {
  /** As operators call it, e.g. `channel file`. */
  readonly what: string;
  readonly path: string;
  readonly everyMs: number;
}

export interface FollowedFileDeps<T> {
  /** Throws for a text that cannot be used. An equal fingerprint means that nothing changed. */
  read(text: string): Reading<T> | Promise<Reading<T>>;
  use(value: T): void | Promise<void>;
  /** A new file is in force. */
  taken(): void;
  /** A file cannot be used; told once per reason. What was in force stays. */
  refused(reason: string): void;
}

export interface Reading<T> {
  readonly fingerprint: string;
  readonly value: T;
}

/** Puts a file in force, and again whenever it, or what it names, changes. */
export function followFile<T>(options: FollowedFileOptions, deps: FollowedFileDeps<T>): FollowedFile {
  let inForce: string | undefined;
  let refusal: string | undefined;
  const file = createWatchedFile(options, {
    async take(text) {
      const { fingerprint, value } = await deps.read(text);
      if (fingerprint !== inForce) {
        await deps.use(value);
        inForce = fingerprint;
        deps.taken();
      }
      refusal = undefined;
    },
    failed(error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== refusal) deps.refused(reason);
      refusal = reason;
    },
  });
  return {
    check() {
      if (inForce === undefined) return { ok: false, reason: refusal ?? `the ${options.what} was not read yet` };
      return refusal === undefined ? { ok: true } : { ok: true, note: `an older file is in force: ${refusal}` };
    },
    look: file.look,
    close: file.close,
  };
}
