import { reference, scalar } from './shape.ts';

/** Values that sections of all kinds have. */

export const CATEGORIES = ['retention', 'cross-sell', 'service'] as const;

export const text = scalar('text');
export const texts = scalar('texts');
export const share = scalar('share');
export const money = scalar('money');
export const condition = scalar('condition');
export const channel = reference('channel');
export const eventType = reference('event type');

/** Names in a definition, such as the offers of a campaign. */
export const MAX_NAMES = 100;
/** Channels in a definition. */
export const MAX_CHANNELS = 20;
