import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contactOf } from '../../test/contact.ts';
import { filled, filledPayload, messageOf } from './message.ts';

const contact = contactOf(
  {
    language: 'es-MX',
    title: { en: 'Stay', es: 'Quédese' },
    script: { en: 'Ten percent off', es: 'Diez por ciento' },
    reason: { en: 'He asked to leave' },
  },
  '+34600100200',
);

describe('a message', () => {
  it('says title and script in the language of the customer', () => {
    expect(messageOf(contact, { subject: '{title}', body: '{script}' })).toMatchObject({
      subject: 'Quédese',
      body: 'Diez por ciento',
    });
  });

  it('takes the template of his language too', () => {
    const body = { en: '{script}. Reply STOP', es: '{script}. Responda BAJA' };
    expect(messageOf(contact, { body }).body).toBe('Diez por ciento. Responda BAJA');
  });

  it('has a subject of one line, whatever is filled in', () => {
    const odd = contactOf({ title: { en: 'a\r\nBcc: b@example.org' } });
    expect(messageOf(odd, { subject: '{title}', body: '' }).subject).toBe('a Bcc: b@example.org');
  });

  it('escapes what is filled into HTML', () => {
    const odd = contactOf({ script: { en: '<b>"5 & 6"</b>' } });
    expect(messageOf(odd, { body: '{script}', html: '<p>{text}</p>' }).html).toBe(
      '<p>&#60;b&#62;&#34;5 &#38; 6&#34;&#60;/b&#62;</p>',
    );
  });
});

describe('a template', () => {
  it('leaves names it does not know, and never fills in twice', () => {
    expect(filled('{a} {b}', { a: '{b}' })).toBe('{b} {b}');
  });

  it('keeps the shape of a payload, whatever the values are', () => {
    assert(
      property(string({ unit: 'grapheme' }), (address) => {
        const payload = { to: ['{address}'], nested: { text: 'x {address}' }, count: 1, none: null };
        const sent: unknown = JSON.parse(JSON.stringify(filledPayload(payload, { address })));
        expect(sent).toEqual({ to: [address], nested: { text: `x ${address}` }, count: 1, none: null });
      }),
    );
  });
});
