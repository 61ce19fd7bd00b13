import type { FeatureSet } from '@holdfast/features';
import avro from 'avsc';
import {
  type CustomerState,
  type Dealings,
  type Extra,
  emptyActivity,
  type Facts,
  type LastSeen,
  noDealings,
  noFacts,
} from './customer-state.ts';
import type { RecentTile } from './recent-events.ts';
import { sectionOf } from './section.ts';

/** First byte of every state. A reader refuses what it does not know; `extras` carry additions of the same layout. */
export const STATE_LAYOUT = 1;

const flags = (name: string) => ({
  type: 'array',
  items: {
    type: 'record',
    name,
    fields: [
      { name: 'key', type: 'string' },
      { name: 'isOn', type: 'boolean' },
      { name: 'at', type: 'long' },
    ],
  },
});

const FACTS = avro.Type.forSchema({
  type: 'record',
  name: 'Facts',
  fields: [
    { name: 'registeredAt', type: 'long' },
    {
      name: 'attributes',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Attribute',
          fields: [
            {
              name: 'name',
              type: {
                type: 'enum',
                name: 'AttributeName',
                symbols: ['language', 'timeZone', 'tier', 'birthYear', 'city', 'churnScore'],
              },
            },
            { name: 'value', type: 'string' },
            { name: 'at', type: 'long' },
          ],
        },
      },
    },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'subscriptionId', type: 'string' },
            { name: 'product', type: 'string' },
            { name: 'cycleDay', type: 'int' },
            { name: 'activatedAt', type: 'long' },
            { name: 'plan', type: 'string' },
            { name: 'dataAllowanceMb', type: 'double' },
            { name: 'planAt', type: 'long' },
            {
              name: 'status',
              type: { type: 'enum', name: 'LineStatus', symbols: ['ACTIVE', 'SUSPENDED', 'TERMINATED', 'UNKNOWN'] },
            },
            { name: 'statusAt', type: 'long' },
          ],
        },
      },
    },
    { name: 'consents', type: flags('Consent') },
    { name: 'exclusions', type: flags('Exclusion') },
    { name: 'complaints', type: flags('Complaint') },
  ],
} as avro.Schema);

const DEALINGS = avro.Type.forSchema({
  type: 'record',
  name: 'Dealings',
  fields: [
    {
      name: 'contacts',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Contact',
          fields: [
            { name: 'contactId', type: 'string' },
            { name: 'trigger', type: 'string' },
            { name: 'campaign', type: 'string' },
            { name: 'offer', type: 'string' },
            { name: 'category', type: 'string' },
            { name: 'channel', type: 'string' },
            { name: 'kind', type: { type: 'enum', name: 'ContactKind', symbols: ['marketing', 'service'] } },
            { name: 'arm', type: 'string' },
            { name: 'sendAt', type: 'long' },
            { name: 'sendBy', type: 'long' },
            {
              name: 'status',
              type: {
                type: 'enum',
                name: 'ContactStatus',
                symbols: ['reserved', 'confirmed', 'released', 'cancelled', 'unknown', 'ghost'],
              },
            },
            { name: 'rejectedAt', type: 'long' },
            { name: 'isAskedAgain', type: 'boolean' },
          ],
        },
      },
    },
    {
      name: 'firings',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Firing',
          fields: [
            { name: 'trigger', type: 'string' },
            { name: 'occasion', type: 'string' },
            { name: 'at', type: 'long' },
            { name: 'isLatched', type: 'boolean' },
          ],
        },
      },
    },
    {
      name: 'enrolments',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Enrolment',
          fields: [
            { name: 'campaign', type: 'string' },
            { name: 'arm', type: { type: 'enum', name: 'Arm', symbols: ['treated', 'control'] } },
            { name: 'at', type: 'long' },
          ],
        },
      },
    },
  ],
} as avro.Schema);

const STATE = avro.Type.forSchema({
  type: 'record',
  name: 'CustomerState',
  fields: [
    { name: 'lastEventAt', type: 'long' },
    {
      name: 'lastSeen',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'LastSeen',
          fields: [
            { name: 'type', type: 'string' },
            { name: 'at', type: 'long' },
            { name: 'source', type: 'string' },
          ],
        },
      },
    },
    { name: 'recentFloorMs', type: 'long' },
    {
      name: 'recent',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'RecentTile',
          fields: [
            { name: 'tile', type: 'int' },
            { name: 'hashes', type: 'bytes' },
          ],
        },
      },
    },
    { name: 'features', type: 'bytes' },
    { name: 'facts', type: 'bytes' },
    { name: 'dealings', type: 'bytes' },
    {
      name: 'extras',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Extra',
          fields: [
            { name: 'tag', type: 'int' },
            { name: 'value', type: 'bytes' },
          ],
        },
      },
    },
  ],
} as avro.Schema);

interface StoredState {
  readonly lastEventAt: number;
  readonly lastSeen: LastSeen[];
  readonly recentFloorMs: number;
  readonly recent: RecentTile[];
  readonly features: Buffer;
  readonly facts: Buffer;
  readonly dealings: Buffer;
  readonly extras: Extra[];
}

export function createCustomerState(customerId: string): CustomerState {
  return {
    customerId,
    ...emptyActivity(),
    facts: sectionOf<Facts>(FACTS, { value: noFacts() }),
    dealings: sectionOf<Dealings>(DEALINGS, { value: noDealings() }),
  };
}

/** Every state is written here first, so that only its own bytes are allocated. Grows with the largest state. */
let scratch = Buffer.allocUnsafeSlow(8 * 1024);

/** One layout byte, then Avro. */
export function encodeCustomerState(state: CustomerState, features: FeatureSet): Buffer {
  const { slots } = state;
  const stored: StoredState = {
    lastEventAt: state.lastEventAt,
    lastSeen: state.lastSeen,
    recentFloorMs: state.recent.floorMs,
    recent: state.recent.tiles,
    features: slots ? features.encode(slots) : state.featureBytes,
    facts: state.facts.bytes(),
    dealings: state.dealings.bytes(),
    extras: state.extras,
  };
  let end = STATE.encode(stored, scratch, 1);
  if (end < 0) {
    // avsc answers minus the number of bytes that were missing.
    scratch = Buffer.allocUnsafeSlow(scratch.length - end);
    end = STATE.encode(stored, scratch, 1);
  }
  scratch[0] = STATE_LAYOUT;
  return Buffer.from(scratch.subarray(0, end));
}

/** Throws when the layout is not one of ours: the shard's `minCodec` keeps such a reader from claiming. */
export function decodeCustomerState(customerId: string, bytes: Buffer): CustomerState {
  if (bytes[0] !== STATE_LAYOUT) {
    throw new Error(`customer state has layout ${bytes[0] ?? 'none'}; this release reads layout ${STATE_LAYOUT}`);
  }
  const stored = STATE.fromBuffer(bytes.subarray(1)) as StoredState;
  return {
    customerId,
    lastEventAt: stored.lastEventAt,
    lastSeen: stored.lastSeen,
    recent: { tiles: stored.recent, floorMs: stored.recentFloorMs },
    featureBytes: stored.features,
    slots: undefined,
    facts: sectionOf<Facts>(FACTS, { bytes: stored.facts }),
    dealings: sectionOf<Dealings>(DEALINGS, { bytes: stored.dealings }),
    extras: stored.extras,
  };
}
