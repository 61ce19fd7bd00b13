import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue, fromHttp, toHttpHeaders } from './cloud-event-http.ts';

const binary = { 'content-type': 'application/json', 'ce-specversion': '1.0' };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('header values', () => {
  it('are encoded as the specification shows', () => {
    expect(encodeHeaderValue('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
    expect(encodeHeaderValue('"100%"\t~!')).toBe('%22100%25%22%09~!');
  });

  it('come back from what they were encoded to, which is printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        const encoded = encodeHeaderValue(text);
        expect(encoded).toMatch(/^[\x21-\x7e]*$/);
        expect(decodeHeaderValue(encoded)).toBe(text);
      }),
    );
  });

  it.each([
    ['Euro%20%E2%82%AC', 'Euro €'],
    ['%e2%82%ac', '€'],
    ['%41bc', 'Abc'],
    ['%2541', '%41'],
    ['"quoted"', 'quoted'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['"%E2%82%AC"', '€'],
    ['a "b" c', 'a "b" c'],
    ['', ''],
  ])('%j is read as %j', (value, text) => expect(decodeHeaderValue(value)).toBe(text));

  it.each([
    ['a bare per cent sign', '100%'],
    ['half a byte', '%4'],
    ['no hexadecimal', '%zz'],
    ['an overlong encoding', '%C0%A0'],
    ['a surrogate', '%ED%A0%80'],
    ['half of a character', '%E2%82'],
    ['bytes beyond ASCII', 'Z\u00fcrich'],
    ['a tab', 'a\tb'],
    ['an open quote', '"a'],
    ['text after the quotes', '"a" b'],
  ])('%s is refused: %j', (_title, value) => expect(decodeHeaderValue(value)).toBeUndefined());
});

describe('the content modes', () => {
  it('binary: headers are attributes, the body is the data', () => {
    expect(fromHttp({ ...binary, 'ce-id': 'e%201', 'user-agent': 'x' }, json({ a: 1 }))).toEqual({
      kind: 'single',
      event: { specversion: '1.0', id: 'e 1', datacontenttype: 'application/json', data: { a: 1 } },
    });
  });

  it('binary: data that is not JSON stays bytes, and no body is no data', () => {
    const avro = { ...binary, 'content-type': 'application/avro' };
    expect(fromHttp(avro, Buffer.from([0, 1]))).toMatchObject({ event: { data: Buffer.from([0, 1]) } });
    expect(fromHttp(avro, Buffer.alloc(0))).toEqual({
      kind: 'single',
      event: { specversion: '1.0', datacontenttype: 'application/avro' },
    });
  });

  it.each<[string, Record<string, string | string[]>, string]>([
    ['data as a header', { 'ce-data': '{}' }, 'ce-data'],
    ['the data type as a header of its own', { 'ce-datacontenttype': 'text/json' }, 'ce-datacontenttype'],
    ['an attribute twice', { 'ce-id': ['1', '2'] }, 'id'],
    ['an attribute badly encoded', { 'ce-subject': '%ff' }, 'subject'],
    ['very many attributes', Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`ce-x${n}`, '1'])), ''],
  ])('binary: %s is refused with the header at fault', (_title, headers, field) => {
    const read = fromHttp({ ...binary, ...headers }, json({}));
    expect(read).toMatchObject({ kind: 'bad-header', error: { code: 'bad-attribute', field } });
  });

  it('structured and batch: the body holds everything', () => {
    const structured = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
    const batch = { 'content-type': 'APPLICATION/cloudevents-batch+json' };
    expect(fromHttp(structured, json({ id: '1' }))).toEqual({ kind: 'single', event: { id: '1' } });
    expect(fromHttp(batch, json([1, { id: '2' }]))).toEqual({ kind: 'batch', events: [1, { id: '2' }] });
    expect(fromHttp(batch, json({ id: '1' }))).toEqual({ kind: 'not-a-batch' });
    expect(fromHttp(structured, Buffer.from('{"id":'))).toEqual({ kind: 'not-json' });
    expect(fromHttp(structured, Buffer.from([0x22, 0xff, 0x22]))).toEqual({ kind: 'not-json' });
    expect(fromHttp({ 'content-type': 'application/cloudevents+json; charset=latin1' }, json({}))).toEqual({
      kind: 'media-type',
    });
    expect(fromHttp({ 'content-type': 'application/json' }, json({}))).toEqual({ kind: 'media-type' });
    expect(fromHttp({}, json({}))).toEqual({ kind: 'media-type' });
  });

  it('binary: what is written is read again', () => {
    const event = { specversion: '1.0', id: 'ü 1', source: 's', type: 't', time: null, datacontenttype: 'text/json' };
    const read = fromHttp(toHttpHeaders({ ...event, depth: 3, data: { not: 'a header' } }), json({ a: 1 }));
    const { time: _, ...attributes } = event;
    expect(read).toEqual({ kind: 'single', event: { ...attributes, depth: '3', data: { a: 1 } } });
  });
});
