import { createAddressGuard, type ReadSecret, type SecretPlace } from '@holdfast/webhook';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ChannelFile, type ChannelPlan, channelFile } from './channel-plan.ts';
import { PLACEHOLDERS, placeholdersOf } from './message.ts';

/** A channel file that cannot be used; says where and why, and holds no secret. */
export class ChannelFileError extends Error {
  override readonly name = 'ChannelFileError';
}

export interface ReadChannels extends ChannelFile {
  secret(place: SecretPlace): string;
  /** Changes whenever the file or one of its secrets does. */
  fingerprintOf(plan: unknown): string;
}

/** What is served without a file: the desk alone. */
export const DESK_ALONE: ChannelFile = {
  channels: { 'call-centre': { adapter: 'work-list', concurrency: 128 } },
};

/** Throws ChannelFileError for text that is no channel file, or whose secrets are missing. */
export function readChannelFile(text: string, readSecret: ReadSecret): ReadChannels {
  return readChannels(checked(text), readSecret);
}

/** Throws ChannelFileError where a secret is missing. */
export function readChannels(file: ChannelFile, readSecret: ReadSecret): ReadChannels {
  const secrets = new Map(placesIn(file).map((place) => [JSON.stringify(place), secretAt(place, readSecret)]));
  return {
    ...file,
    secret: (place) => secrets.get(JSON.stringify(place)) ?? '',
    fingerprintOf: (plan) => JSON.stringify([plan, placesIn(plan).map((place) => secrets.get(JSON.stringify(place)))]),
  };
}

function checked(text: string): ChannelFile {
  const { data, error } = channelFile.safeParse(parsed(text));
  if (error) throw new ChannelFileError(z.prettifyError(error));
  for (const [name, plan] of Object.entries(data.channels)) {
    const problem = problemOf(plan, data);
    if (problem) throw new ChannelFileError(`channel ${name}: ${problem}`);
  }
  return data;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ChannelFileError(
      `the channel file is no YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const PUBLIC_ONLY = createAddressGuard();

function problemOf(plan: ChannelPlan, file: ChannelFile): string | undefined {
  const unknown = placeholdersOf(plan).find((name) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined) return `there is no {${unknown}}; there are ${PLACEHOLDERS.join(', ')}`;
  if (needsAddress(plan) && file.directory === undefined) return 'it needs a directory of addresses';
  if ('url' in plan && !plan.allowPrivate && !PUBLIC_ONLY.permitsHost(new URL(plan.url).hostname)) {
    return 'its url is a private address; allowPrivate permits it';
  }
  const waits = 'arrival' in plan && plan.arrival === 'on-report' && plan.adapter !== 'smpp';
  return waits && plan.callbacks === undefined ? 'arrival on-report needs callbacks' : undefined;
}

export function needsAddress(plan: ChannelPlan): boolean {
  if (plan.adapter === 'http') return plan.needsAddress;
  return plan.adapter === 'smtp' || plan.adapter === 'smpp' || plan.adapter === 'push';
}

function secretAt(place: SecretPlace, readSecret: ReadSecret): string {
  const shown = 'file' in place ? `the file ${place.file}` : `the variable ${place.env}`;
  let secret: string;
  try {
    secret = readSecret(place).trimEnd();
  } catch {
    throw new ChannelFileError(`${shown} cannot be read`);
  }
  if (secret === '') throw new ChannelFileError(`${shown} holds no secret`);
  return secret;
}

/** Every place of a secret in a plan, in order. */
function placesIn(value: unknown): SecretPlace[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  if (keys.length === 1 && isPlace(value)) return [value];
  return Object.entries(value).flatMap(([key, entry]) => (FREE_TEXT.has(key) ? [] : placesIn(entry)));
}

/** Fields whose content is the operator's own and names no secret. */
const FREE_TEXT: ReadonlySet<string> = new Set(['payload', 'texts', 'headers']);

function isPlace(value: object): value is SecretPlace {
  return ('env' in value && typeof value.env === 'string') || ('file' in value && typeof value.file === 'string');
}
