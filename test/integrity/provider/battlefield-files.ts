import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { rewrite } from '../battle.ts';
import { CHANNEL } from '../installation-view.ts';
import type { QuietMinutes } from './quiet-minutes.ts';

/** Asked again under the same key; the provider reports later. */
export const IDEMPOTENT = 'app-push';
/** Asked once and never again. */
export const AT_MOST_ONCE = 'sms';
/** The desk's calls go on beside them. */
export const SERVED: readonly string[] = [CHANNEL, IDEMPOTENT, AT_MOST_ONCE];

export const CHANNEL_FILE = 'channels.yaml';

/** Contacts that wait out a quiet minute still come; those that meet a dispatcher that is away need not. */
const VALID_FOR = '60s';
const OFFERS: Readonly<Record<string, string>> = {
  data_top_up_2gb: IDEMPOTENT,
  care_offer: IDEMPOTENT,
  broadband_bundle: IDEMPOTENT,
  bigger_plan: IDEMPOTENT,
  save_plan: AT_MOST_ONCE,
  service_credit: AT_MOST_ONCE,
};

/** The default policy, but most offers go to a provider, are valid for a minute or so, and every other minute is quiet. */
export function writePolicy(quiet: QuietMinutes): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  const offers = join(dir, 'offers.yaml');
  const text = readFileSync(offers, 'utf8');
  writeFileSync(offers, Object.entries(OFFERS).reduce(sentBy, text));
  const rules = quiet.rules.map(
    ({ from, to }) => `    - { from: "${from}", to: "${to}", channels: [${IDEMPOTENT}, ${AT_MOST_ONCE}] }\n`,
  );
  const rulesFile = join(dir, 'rules.yaml');
  const quietHours = /( {2}quietHours:\n)( {4}- .*\n)+/.exec(readFileSync(rulesFile, 'utf8'))?.[0];
  rewrite(rulesFile, quietHours ?? 'quietHours', `  quietHours:\n${rules.join('')}`);
  return dir;
}

function sentBy(text: string, [offer, channel]: readonly [string, string]): string {
  const [before, own] = [text.slice(0, text.indexOf(`  ${offer}:`)), text.slice(text.indexOf(`  ${offer}:`))];
  return (
    before +
    own.replace(/validFor: \w+/, `validFor: ${VALID_FOR}`).replace(/channels: \[.*\]/, `channels: [${channel}]`)
  );
}

/** The folder of the channel file of both dispatchers, its secrets beside it. */
export function writeChannels(url: string, token: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-channels-'));
  const secret = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return `{ file: ${path} }`;
  };
  const signing = secret('signing', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const common = [
    'adapter: webhook, allowPrivate: true, timeout: 5s, concurrency: 16',
    `secrets: [${signing}]`,
    'retry: { first: 200ms, max: 2s, tries: 20 }',
    'breaker: { failures: 5, open: 1s, maxOpen: 3s }',
  ].join(', ');
  const callbacks = `callbacks: { bearer: ${secret('token', token)} }`;
  const lines = [
    'channels:',
    `  ${CHANNEL}: { adapter: work-list }`,
    `  ${IDEMPOTENT}: { ${common}, url: ${url}/${IDEMPOTENT}, ${callbacks} }`,
    `  ${AT_MOST_ONCE}: { ${common}, url: ${url}/${AT_MOST_ONCE}, semantics: at-most-once }`,
  ];
  writeFileSync(join(dir, CHANNEL_FILE), `${lines.join('\n')}\n`);
  return dir;
}
