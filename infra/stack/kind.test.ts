import { describe, expect, it } from 'vitest';
import { chooseKind, type Engine } from './index.mjs';

function engine({
  answers = true,
  missing = [],
  pulls = false,
}: {
  answers?: boolean;
  missing?: string[];
  pulls?: boolean;
}): Engine {
  return { engineAnswers: () => answers, missingImages: () => missing, pullImages: () => pulls };
}

describe('containers or processes', () => {
  it.each([
    ['no engine answers', {}, engine({ answers: false }), true, 'native'],
    ['the engine has the images', {}, engine({}), true, 'containers'],
    ['missing images can be pulled', {}, engine({ missing: ['redis:7-alpine'], pulls: true }), true, 'containers'],
    ['missing images cannot be pulled', {}, engine({ missing: ['redis:7-alpine'] }), true, 'native'],
    ['pulling is not asked for', {}, engine({ missing: ['redis:7-alpine'], pulls: true }), false, 'native'],
    ['native is forced beside an engine', { HOLDFAST_STACK: 'native' }, engine({}), true, 'native'],
    ['containers are forced and there', { HOLDFAST_STACK: 'containers' }, engine({}), true, 'containers'],
  ] as const)('decides when %s', (_title, env, found, pull, expected) => {
    expect(chooseKind({ env, engine: found, pull }).kind).toBe(expected);
  });

  it('refuses forced containers without an engine', () => {
    const env = { HOLDFAST_STACK: 'containers' };
    expect(() => chooseKind({ env, engine: engine({ answers: false }) })).toThrow(/No container engine answers/);
  });

  it('refuses forced containers without images and names them', () => {
    const env = { HOLDFAST_STACK: 'containers' };
    expect(() => chooseKind({ env, engine: engine({ missing: ['apache/kafka:4.1.1'] }) })).toThrow(
      /lacks apache\/kafka:4\.1\.1/,
    );
  });

  it('refuses a word it does not know', () => {
    expect(() => chooseKind({ env: { HOLDFAST_STACK: 'podman' }, engine: engine({}) })).toThrow(
      /HOLDFAST_STACK is "podman"/,
    );
  });
});
