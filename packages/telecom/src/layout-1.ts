import type { Schema } from 'avsc';
import type { LayoutSchemas } from './avro-layout.ts';

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

const FACTS = {
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
} as Schema;

const DEALINGS = {
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
} as Schema;

const STATE = {
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
} as Schema;

/** Activity in the open; features, facts and dealings as sections that stay bytes until somebody reads them. */
export const LAYOUT_1: LayoutSchemas = { state: STATE, facts: FACTS, dealings: DEALINGS };
