import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, property, string } from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { fillTemplate } from './fill.ts';
import { readTemplate, settingsProblem, TemplateError } from './template.ts';
import { readTemplates } from './template-folder.ts';

const HEAD = `product: Own\ndocumentation: https://docs.example/\nmethod: POST\n`;
const of = (alert: object, settings: Readonly<Record<string, string>> = {}) => ({
  ...{ url: 'https://own.example/', settings, messageId: 'msg_1', alert: { ...alert } },
});
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('a template', () => {
  it('keeps types, leaves out what there is nothing for, and shortens by whole characters', () => {
    const text = `${HEAD}url: '{url}/x'\nencoding: json\nbody: { p: '{priority}', t: '{priority:1}', by: '{sendBy}', s: '{title:3}', all: ['{tier}', '{play}', [1], 7, true, null] }`;
    const { body } = fillTemplate(
      readTemplate('own', text),
      of({ priority: 1, title: '👍🏽ab', play: 'p', sendBy: null }),
    );
    expect(JSON.parse(body)).toEqual({ p: 1, t: '1', s: '👍🏽a', all: ['p', [1], 7, true, null] });
  });

  it.each(['json', 'form'])('in %s carries any text whole, and its shape is its own', (encoding) => {
    const template = readTemplate(
      'own',
      `${HEAD}url: '{url}/x'\nencoding: ${encoding}\nbody: { a: 'x {title} y', b: { c: '{script}' } }`,
    );
    assert(
      property(string({ unit: 'binary' }), string({ unit: 'grapheme' }), (title, script) => {
        const { body } = fillTemplate(template, of({ title, script }));
        const found = encoding === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
        const inner = encoding === 'json' ? found.b : JSON.parse(found.b);
        // A form is UTF-8, which has no half characters.
        expect(found.a).toBe(`x ${encoding === 'json' ? title : title.toWellFormed()} y`);
        expect(inner).toEqual(script === '' ? {} : { c: script });
        expect(Object.keys(found)).toEqual(['a', 'b']);
      }),
    );
  });

  it('does not fill in what was filled in', () => {
    const template = readTemplate('own', `${HEAD}url: '{url}/x'\nencoding: json\nbody: { a: '{title} {tier}' }`);
    expect(fillTemplate(template, of({ title: '{customerId}', customerId: '4711', tier: 'key' })).body).toBe(
      '{"a":"{customerId} key"}',
    );
  });

  it('lets no value end a header or leave its place in the address', () => {
    const text = `${HEAD}url: '{url}/x/{contactId}/{settings.part}'\nencoding: json\nsettings: { part: { what: A part. } }\nheaders: { x-ref: 'r-{title}' }\nbody: {}`;
    const template = readTemplate('own', text);
    const filled = fillTemplate(
      template,
      of({ contactId: '../../admin?x#', title: 'a\r\nx-evil: 1' }, { part: '@evil/..' }),
    );
    expect(filled.url).toBe('https://own.example/x/..%2F..%2Fadmin%3Fx%23/%40evil%2F..');
    expect(filled.headers['x-ref']).toBe('r-a x-evil: 1');
  });

  it.each([
    ['names what there is not', `url: '{url}/x'\nencoding: json\nbody: { a: '{phone}' }`, 'there is no {phone}'],
    [
      'has the customer in its address',
      `url: '{url}/{customerId}'\nencoding: json\nbody: {}`,
      'must not hold {customerId}',
    ],
    ['goes elsewhere', `url: 'https://evil.example/'\nencoding: json\nbody: {}`, 'must begin with {url}'],
    ['changes the host', `url: '{url}.evil.example/'\nencoding: json\nbody: {}`, 'must begin with {url}'],
    ['has a user', `url: '{url}@evil.example/'\nencoding: json\nbody: {}`, 'must begin with {url}'],
    ['holds credentials', `url: '{url}'\nencoding: json\nheaders: { authorization: x }\nbody: {}`, 'authorization'],
    ['is of another shape', `url: '{url}'\nencoding: xml\nbody: {}`, 'encoding'],
    ['is no YAML', `url: ['`, 'no YAML'],
  ])('that %s is refused', (_title, rest, word) => {
    expect(() => readTemplate('own', HEAD + rest)).toThrow(TemplateError);
    expect(() => readTemplate('own', HEAD + rest)).toThrow(word);
  });

  it('of an operator stands beside ours, and replaces one of the same name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-templates-'));
    folders.push(folder);
    const text = `${HEAD}url: '{url}/x'\nencoding: json\nbody: {}`;
    for (const name of ['own.yaml', 'zendesk.yaml', 'readme.md', '../escape.yml'.slice(3)])
      writeFileSync(join(folder, name), text);
    const templates = readTemplates(folder);
    expect(templates.get('own')?.product).toBe('Own');
    expect(templates.get('zendesk')?.product).toBe('Own');
    expect([...templates.keys()].sort()).toEqual([
      ...['amazon-connect', 'genesys-cloud', 'own', 'salesforce', 'twilio-taskrouter', 'zendesk'],
    ]);
  });
});

describe('the settings of a template', () => {
  const template = readTemplate(
    'own',
    `${HEAD}url: '{url}'\nencoding: json\nsettings: { group: { what: The group., type: number } }\nbody: {}`,
  );

  it.each([
    [{}, 'settings.group is missing: The group.'],
    [{ group: 'x' }, 'settings.group must be a number'],
    [{ group: '1', other: 'x' }, 'the template has no setting other'],
    [{ group: '1' }, undefined],
  ])('%j: %s', (settings, expected) => {
    expect(settingsProblem(template, settings as Record<string, string>)).toBe(expected);
  });
});
