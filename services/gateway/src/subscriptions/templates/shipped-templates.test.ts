import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { fillTemplate } from './fill.ts';
import { placeholdersIn, settingsProblem } from './template.ts';
import { readTemplates } from './template-folder.ts';

const TEMPLATES = readTemplates();
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });

/** What each product takes, by the reference that its template names. */
const EXPECTED = {
  'amazon-connect': {
    url: 'https://connect.eu-west-1.amazonaws.com',
    settings: { instanceId: 'i-1', contactFlowId: 'f-1' },
    request: ['PUT', 'https://connect.eu-west-1.amazonaws.com/contact/task', 'application/json'],
    schema: {
      required: ['InstanceId', 'Name', 'ContactFlowId', 'ClientToken'],
      properties: {
        ...{
          InstanceId: text(100),
          ContactFlowId: text(500),
          Name: text(512),
          Description: text(4_096),
          ClientToken: text(500),
        },
        Attributes: { type: 'object', additionalProperties: { type: 'string', maxLength: 32_767 } },
      },
    },
  },
  salesforce: {
    url: 'https://acme.my.salesforce.com/',
    settings: {
      ...{ apiVersion: 'v62.0', externalIdField: 'Holdfast_Message__c', actionReference: 'Save_Flow' },
      ...{ acceptanceLabel: 'Accept', rejectionLabel: 'Not now' },
    },
    request: [
      'PATCH',
      'https://acme.my.salesforce.com/services/data/v62.0/sobjects/Recommendation/Holdfast_Message__c/msg_1',
      'application/json',
    ],
    schema: {
      required: ['Name', 'Description', 'AcceptanceLabel', 'RejectionLabel', 'ActionReference'],
      properties: {
        ...{ Name: text(80), Description: text(255), AcceptanceLabel: text(80), RejectionLabel: text(80) },
        ...{
          ActionReference: text(255),
          ExternalId: text(255),
          Holdfast_Customer__c: text(128),
          Holdfast_Contact__c: text(128),
        },
      },
    },
  },
  'genesys-cloud': {
    url: 'https://api.mypurecloud.de',
    settings: { typeId: 't', workbinId: 'w', queueId: 'q' },
    request: ['POST', 'https://api.mypurecloud.de/api/v2/taskmanagement/workitems', 'application/json'],
    schema: {
      required: ['name', 'typeId', 'priority'],
      properties: {
        ...{ name: text(512), typeId: text(36), workbinId: text(36), queueId: text(36), description: text(4_096) },
        ...{
          priority: { type: 'integer' },
          dateDue: { type: 'string', pattern: '^\\d{4}-.*Z$' },
          externalTag: text(200),
        },
        customFields: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
  zendesk: {
    url: 'https://acme.zendesk.com',
    settings: { groupId: '98738' },
    request: ['POST', 'https://acme.zendesk.com/api/v2/tickets.json', 'application/json'],
    schema: {
      required: ['ticket'],
      properties: {
        ticket: {
          type: 'object',
          required: ['comment', 'subject', 'priority'],
          additionalProperties: false,
          properties: {
            subject: text(150),
            comment: {
              ...{ type: 'object', required: ['body', 'public'], additionalProperties: false },
              properties: { body: text(65_535), public: { const: false } },
            },
            type: { const: 'task' },
            priority: { enum: ['urgent', 'high', 'normal', 'low'] },
            group_id: { type: 'integer' },
            ...{ external_id: text(255), due_at: { type: 'string', pattern: '^\\d{4}-.*Z$' } },
            tags: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
  },
  'twilio-taskrouter': {
    url: 'https://taskrouter.twilio.com',
    settings: { workspaceSid: 'WS1', workflowSid: 'WW1', taskChannel: 'default', timeoutSeconds: '3600' },
    request: ['POST', 'https://taskrouter.twilio.com/v1/Workspaces/WS1/Tasks', 'application/x-www-form-urlencoded'],
    schema: {
      required: ['Attributes', 'WorkflowSid'],
      properties: {
        ...{ WorkflowSid: text(34), TaskChannel: text(64), Priority: { type: 'string', pattern: '^\\d+$' } },
        ...{ Timeout: { type: 'string', pattern: '^\\d+$' }, Attributes: text(4_096) },
      },
    },
  },
} as const;

const LONG = 'Grüße, „Ann“ \\ "quoted"\n\tsecond line {customerId} 数据 👍🏽 '.repeat(200);
const ALERT = {
  ...{
    contactId: 'c1',
    customerId: '4711',
    play: 'gone_quiet',
    title: LONG,
    reason: LONG,
    script: LONG,
    language: 'de',
  },
  ...{ campaign: 'save', offer: 'care_call', category: 'retention', channel: 'call-centre', priority: 1, tier: 'key' },
  ...{ desk: 'retention', team: 'north', accountManager: 'ann', policyVersion: 'sha256:0', evidence: [] },
  ...{ decidedAt: 1_800_000_000_000, sendBy: 1_800_000_600_000, validUntil: null },
};
/** An alert as poor as they come. */
const BARE = {
  ...ALERT,
  title: 't',
  reason: 'r',
  script: '',
  priority: 2,
  sendBy: null,
  desk: '',
  team: '',
  accountManager: '',
  tier: '',
};

describe.each(Object.entries(EXPECTED))('the template for %s', (name, expected) => {
  const template = TEMPLATES.get(name);
  if (template === undefined) throw new Error(`there is no template ${name}`);
  const fill = (alert: object) =>
    fillTemplate(template, { url: expected.url, settings: expected.settings, messageId: 'msg_1', alert: { ...alert } });
  const fieldsOf = (body: string): Record<string, unknown> =>
    template.encoding === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));

  it('calls what its vendor describes', () => {
    const { method, url, headers } = fill(ALERT);
    expect([method, url, headers['content-type']]).toEqual(expected.request);
    expect(new URL(template.documentation).protocol).toBe('https:');
    expect(settingsProblem(template, expected.settings)).toBeUndefined();
  });

  it.each([
    ['a long alert', ALERT],
    ['a bare alert', BARE],
  ])('sends %s as the product takes it, and nothing else', (_title, alert) => {
    const { body } = fill(alert);
    const validate = new Ajv({ strict: false }).compile({
      type: 'object',
      additionalProperties: false,
      ...expected.schema,
    });
    expect([validate(fieldsOf(body)), validate.errors]).toEqual([true, null]);
  });

  it('leaves no placeholder open, and keeps what looks like one in a text', () => {
    const { body, url, headers } = fill({ ...ALERT, title: 'x', reason: 'x', script: 'x' });
    expect(placeholdersIn([url, headers, fieldsOf(body)])).toEqual([]);
    const said = JSON.stringify(
      fieldsOf(fill({ ...ALERT, title: 'see {customerId}', reason: 'see {customerId}' }).body),
    );
    expect(said).toContain('{customerId}');
  });

  it('tells who the customer is and which contact it is, so that the answer finds its way back', () => {
    const { body } = fill(ALERT);
    const said = JSON.stringify(fieldsOf(body));
    expect(said).toContain('4711');
    expect(said + fill(ALERT).url).toMatch(/msg_1|c1/);
  });
});

describe('the attributes of a TaskRouter task', () => {
  it('are JSON inside the form, whatever the texts hold', () => {
    const template = TEMPLATES.get('twilio-taskrouter');
    if (template === undefined) throw new Error('there is no such template');
    const { settings, url } = EXPECTED['twilio-taskrouter'];
    const { body } = fillTemplate(template, { url, settings, messageId: 'msg_1', alert: ALERT });
    const attributes = new URLSearchParams(body).get('Attributes') ?? '';
    expect(JSON.parse(attributes)).toMatchObject({ customer_id: '4711', title: [...LONG].slice(0, 200).join('') });
    expect(Buffer.byteLength(attributes)).toBeLessThan(4_096);
  });
});
