import {
  type FollowedFile,
  followFile,
  type Health,
  type Logger,
  type Metrics,
  type Reading,
} from '@holdfast/observability';

export interface SettingsFilesDeps {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
}

/** Files that are in force while the service runs: each is looked at again and again, logged, counted, part of `/readyz`. */
export interface SettingsFiles {
  follow<T>(
    what: string,
    path: string,
    deps: { read(text: string): Reading<T> | Promise<Reading<T>>; use(value: T): void },
  ): FollowedFile;
  /** As `follow`, for a file that stands for itself. Answers what is in force, undefined while nothing is. */
  current<T>(what: string, path: string, read: (text: string) => T): () => T | undefined;
  /** Looks at all of them now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;

export function createSettingsFiles({ metrics, health, logger }: SettingsFilesDeps): SettingsFiles {
  const files: FollowedFile[] = [];
  const refusals = metrics.counter({
    name: 'settings_file_refusals_total',
    help: 'Times a file of keys, desks or certificates could not be put in force; the one before stays.',
    labels: ['file'],
  });
  const follow: SettingsFiles['follow'] = (what, path, deps) => {
    const file = followFile(
      { what, path, everyMs: LOOK_EVERY_MS },
      {
        ...deps,
        taken: () => logger.info({ file: what, path }, 'settings file in force'),
        refused(reason) {
          refusals.increment({ file: what });
          logger.error({ file: what, path, reason }, 'settings file refused');
        },
      },
    );
    files.push(file);
    health.readiness(what, file.check);
    return file;
  };
  return {
    follow,
    current<T>(what: string, path: string, read: (text: string) => T) {
      let value: T | undefined;
      follow<T>(what, path, {
        read: (text) => ({ fingerprint: text, value: read(text) }),
        use(fresh) {
          value = fresh;
        },
      });
      return () => value;
    },
    look: () => Promise.all(files.map((file) => file.look())).then(() => undefined),
    close: () => Promise.all(files.map((file) => file.close())).then(() => undefined),
  };
}
