import { z } from 'zod';

/** Fields of the environment that more than one service reads; each service picks its own. */

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** `host:port,host:port` → list. */
export const brokersField = () =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((list) => list.every((broker) => /^[^\s:/@]+:\d{1,5}$/.test(broker)), 'must be host:port, comma-separated');

export const redisUrlField = () =>
  z
    .string()
    .refine((text) => hasProtocol(text, ['redis:', 'rediss:']), 'must be redis://host:port or rediss://host:port');

/** The root of a Confluent-compatible registry, without a trailing slash. */
export const registryUrlField = () =>
  z
    .string()
    .refine((text) => hasProtocol(text, ['http:', 'https:']), 'must be an http(s) URL')
    .transform((text) => text.replace(/\/+$/, ''));

export const portField = (fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port, 0 to 65535')
    .transform(Number);

export const hostField = () => z.string().default('127.0.0.1');

export const logLevelField = () => z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info');

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
}
