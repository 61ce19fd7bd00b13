import type { Fault } from './dead-letter.ts';

/** What records told the shard to keep, by name. Changes are taken back with the fold that made them. */
export interface Settings {
  get(name: string): string | undefined;
  /** Answers why it cannot be kept: what was kept under the name before stays. */
  take(name: string, text: string): Fault | undefined;
  /** What changed since the last `settle`, for the commit; undefined for nothing. */
  changes(): Readonly<Record<string, string>> | undefined;
  settle(): void;
  rollback(): void;
}

/** Every claim reads all of them, and every step may ask: few, and small enough for the store. */
export const MAX_SETTINGS = 16;
export const MAX_SETTING_BYTES = 256 * 1024;
const LONGEST_NAME = 200;

export function createSettings(start: Readonly<Record<string, string>> | undefined): Settings {
  const settings = new Map(Object.entries(start ?? {}));
  const before = new Map<string, string | undefined>();

  const faultOf = (name: string, text: string): Fault | undefined => {
    if (name === '' || name.length > LONGEST_NAME) {
      return { code: 'setting-name', message: `the setting has a name of ${name.length} characters` };
    }
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_SETTING_BYTES) {
      return {
        code: 'setting-too-large',
        message: `${name} has ${bytes} bytes; at most ${MAX_SETTING_BYTES} are kept`,
      };
    }
    if (settings.has(name) || settings.size < MAX_SETTINGS) return undefined;
    return { code: 'too-many-settings', message: `${name} is new, and ${MAX_SETTINGS} settings are kept already` };
  };

  return {
    get: (name) => settings.get(name),
    take(name, text) {
      const fault = faultOf(name, text);
      if (fault || settings.get(name) === text) return fault;
      if (!before.has(name)) before.set(name, settings.get(name));
      settings.set(name, text);
      return undefined;
    },
    changes() {
      if (before.size === 0) return undefined;
      return Object.fromEntries([...before.keys()].map((name) => [name, settings.get(name) ?? '']));
    },
    settle: () => before.clear(),
    rollback() {
      for (const [name, text] of before) {
        if (text === undefined) settings.delete(name);
        else settings.set(name, text);
      }
      before.clear();
    },
  };
}
