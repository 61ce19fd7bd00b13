import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProviderKeyOptions } from './provider-keys.ts';
import { createTokenVerifier, type TokenPlan } from './tokens.ts';

const AUDIENCE = 'holdfast';
const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function newKey(alg: string, kid = alg): Promise<SigningKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' } };
}

/** A provider of identities on a real port: metadata and keys, what it was asked, and a switch. */
async function provider(keys: readonly SigningKey[]) {
  const state = { keys, isAway: false, issuerInMetadata: '', asked: { metadata: 0, keys: 0 } };
  const serve: RequestListener = (request, response) => {
    if (state.isAway) return void request.socket.destroy();
    const isKeys = request.url === '/keys';
    state.asked[isKeys ? 'keys' : 'metadata'] += 1;
    const metadata = { issuer: state.issuerInMetadata, jwks_uri: `${state.issuerInMetadata}/keys` };
    const page = isKeys ? { keys: state.keys.map(({ jwk }) => jwk) } : metadata;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(page));
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.issuerInMetadata = issuer;
  return { state, issuer };
}

async function setUp(
  keys: readonly SigningKey[],
  change: Partial<TokenPlan> = {},
  options: ProviderKeyOptions = { coolDownMs: 0 },
) {
  const { state, issuer } = await provider(keys);
  const verifier = createTokenVerifier({ issuer, audience: AUDIENCE, ...change }, options);
  closers.push(verifier.close);
  const sign = (key: SigningKey, claims: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT({ sub: 'a.jung', iss: issuer, aud: AUDIENCE, exp: inSeconds(60), roles: ['agent'], ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.privateKey);
  return { ...verifier, sign, state, issuer };
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

describe('a token of the provider', () => {
  it.each(['RS256', 'PS384', 'ES256', 'EdDSA'])('signed by %s says who it is and what he may', async (alg) => {
    const key = await newKey(alg);
    const { verify, sign } = await setUp([key]);
    expect(await verify(await sign(key, { roles: ['agent', 'supervisor', 'dancer'] }))).toEqual({
      kind: 'known',
      principal: { id: 'a.jung', kind: 'person', roles: ['agent', 'supervisor'] },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['expired', { exp: inSeconds(-31) }, 'the token has expired'],
    ['without an end', { exp: undefined }, 'the token does not fit in its claim exp'],
    ['for another audience', { aud: 'billing' }, 'the token does not fit in its claim aud'],
    ['for nobody', { aud: undefined }, 'the token does not fit in its claim aud'],
    ['of another issuer', { iss: 'https://id.example.org' }, 'the token does not fit in its claim iss'],
    ['not valid yet', { nbf: inSeconds(3_600) }, 'the token does not fit in its claim nbf'],
    ['without a subject', { sub: undefined }, 'the token does not say who it is for'],
    ['with a subject that no log can carry', { sub: 'a\nb' }, 'the token does not say who it is for'],
  ])('is refused when it is %s', async (_title, claims, detail) => {
    const key = await newKey('ES256');
    const { verify, sign } = await setUp([key]);
    expect(await verify(await sign(key, claims))).toEqual({ kind: 'refused', detail });
  });

  it('is taken within half a minute between clocks', async () => {
    const key = await newKey('ES256');
    const { verify, sign } = await setUp([key]);
    expect(await verify(await sign(key, { exp: inSeconds(-20), nbf: inSeconds(20) }))).toMatchObject({ kind: 'known' });
  });

  it('is refused without a signature, with a foreign one, and with one made of the public key', async () => {
    const key = await newKey('RS256');
    const { verify, sign, issuer } = await setUp([key]);
    const claims = { sub: 'a.jung', iss: issuer, aud: AUDIENCE, exp: inSeconds(60), roles: ['operator'] };
    const none = new UnsecuredJWT(claims).encode();
    const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(secret);
    const foreign = await sign({ ...(await newKey('RS256')), kid: key.kid });
    const [head, , signature] = (await sign(key)).split('.');
    const changed = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    for (const token of [none, confused, foreign, changed, 'eyJ.x.y', '']) {
      expect(await verify(token)).toMatchObject({ kind: 'refused' });
    }
    expect(await verify(confused)).toEqual({
      kind: 'refused',
      detail: 'the token is signed by an algorithm that is not taken',
    });
  });

  it('finds its roles, desks and teams where they are said to be', async () => {
    const key = await newKey('ES256');
    const map = new Map([
      ['care', ['agent'] as const],
      ['leads', ['supervisor', 'agent'] as const],
    ]);
    const { verify, sign } = await setUp([key], {
      idClaim: 'preferred_username',
      rolesClaim: 'realm_access.roles',
      rolesOf: map,
      desksClaim: 'https://holdfast.example/desks',
      teamsClaim: 'teams',
    });
    const claims = { preferred_username: 'm.keller', realm_access: { roles: ['leads', 'operator'] } };
    expect(
      await verify(await sign(key, { ...claims, 'https://holdfast.example/desks': ['retention'], teams: 'a b' })),
    ).toEqual({
      kind: 'known',
      principal: {
        id: 'm.keller',
        kind: 'person',
        roles: ['agent', 'supervisor'],
        desks: ['retention'],
        teams: ['a', 'b'],
      },
    });
  });

  it('sees nothing by a claim it should have and has not, and everything by a star', async () => {
    const key = await newKey('ES256');
    const { verify, sign } = await setUp([key], { desksClaim: 'desks' });
    expect(await verify(await sign(key))).toMatchObject({ principal: { desks: [] } });
    expect(await verify(await sign(key, { desks: '*' }))).not.toHaveProperty('principal.desks');
  });

  it('cannot reach the prototype by the path of a claim', async () => {
    const key = await newKey('ES256');
    const { verify, sign } = await setUp([key], { rolesClaim: 'constructor.name' });
    expect(await verify(await sign(key))).toMatchObject({ kind: 'known', principal: { roles: [] } });
  });
});

describe('the keys of the provider', () => {
  it('are asked for once, for many tokens at a time', async () => {
    const key = await newKey('ES256');
    const { verify, sign, state } = await setUp([key]);
    const token = await sign(key);
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    expect(answers.every(({ kind }) => kind === 'known')).toBe(true);
    expect(state.asked).toEqual({ metadata: 1, keys: 1 });
  });

  it('are asked for again for a key that was rotated in', async () => {
    const [first, second] = [await newKey('ES256', 'one'), await newKey('ES256', 'two')];
    const { verify, sign, state } = await setUp([first]);
    expect(await verify(await sign(first))).toMatchObject({ kind: 'known' });
    state.keys = [second];
    expect(await verify(await sign(second))).toMatchObject({ kind: 'known' });
    expect(await verify(await sign(first))).toMatchObject({ kind: 'refused' });
  });

  it('are not asked for again and again by tokens of unknown keys', async () => {
    const [own, other] = [await newKey('ES256', 'own'), await newKey('ES256', 'other')];
    const { verify, sign, state } = await setUp([own], {}, { coolDownMs: 60_000 });
    await verify(await sign(own));
    const token = await sign(other);
    for (let i = 0; i < 20; i++) {
      expect(await verify(token)).toEqual({
        kind: 'refused',
        detail: 'the token is signed by a key the provider does not have',
      });
    }
    expect(state.asked.keys).toBe(1);
  });

  it('hold while the provider is away; without any the token cannot be checked', async () => {
    const key = await newKey('ES256');
    const warm = await setUp([key]);
    await warm.verify(await warm.sign(key));
    warm.state.isAway = true;
    expect(await warm.verify(await warm.sign(key))).toMatchObject({ kind: 'known' });
    expect(await warm.verify(await warm.sign(await newKey('ES256', 'new')))).toMatchObject({ kind: 'unavailable' });
    expect(await warm.verify(await warm.sign(key))).toMatchObject({ kind: 'known' });

    const cold = await setUp([key]);
    cold.state.isAway = true;
    expect(await cold.verify(await cold.sign(key))).toMatchObject({ kind: 'unavailable' });
    cold.state.isAway = false;
    expect(await cold.verify(await cold.sign(key))).toMatchObject({ kind: 'known' });
  });

  it('are not asked for by every token while the provider is away', async () => {
    const key = await newKey('ES256');
    const { verify, sign, state } = await setUp([key], {}, { coolDownMs: 60_000 });
    state.isAway = true;
    const token = await sign(key);
    expect(await verify(token)).toMatchObject({ kind: 'unavailable' });
    state.isAway = false;
    expect(await verify(token)).toMatchObject({ kind: 'unavailable' });
    expect(state.asked).toEqual({ metadata: 0, keys: 0 });
  });

  it('are trusted no more when nobody confirmed them for too long', async () => {
    const key = await newKey('ES256');
    const { verify, sign, state } = await setUp([key], {}, { coolDownMs: 0, trustedMs: 0 });
    expect(await verify(await sign(key))).toMatchObject({ kind: 'known' });
    state.isAway = true;
    expect(await verify(await sign(key))).toMatchObject({ kind: 'unavailable' });
  });

  it('come from the address that was given, and from no metadata of another issuer', async () => {
    const key = await newKey('ES256');
    const other = await provider([key]);
    const given = await setUp([], { jwksUrl: `${other.issuer}/keys` });
    expect(await given.verify(await given.sign(key))).toMatchObject({ kind: 'known' });
    expect(given.state.asked).toEqual({ metadata: 0, keys: 0 });

    const misled = await setUp([key]);
    misled.state.issuerInMetadata = other.issuer;
    expect(await misled.verify(await misled.sign(key))).toMatchObject({ kind: 'unavailable' });
  });
});
