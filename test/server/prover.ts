import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { ask, queryBy, type RawAnswer } from './support.ts';

/** A client with a key, like a browser. */
export interface Prover {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  /** A proof for a GraphQL POST, with changes by the test. */
  prove(about: ProofAbout): Promise<string>;
}

export interface ProofAbout {
  readonly url: string;
  readonly secret: string;
  readonly nonce: string;
  readonly claims?: JWTPayload;
  readonly header?: { readonly typ?: string; readonly jwk?: JWK };
}

export async function createProver(): Promise<Prover> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    jwk,
    privateKey,
    prove: ({ url, secret, nonce, claims = {}, header = {} }) =>
      new SignJWT({
        ...{ jti: randomUUID(), htm: 'POST', htu: url, nonce, ath: digestOf(secret), iat: 1_000_000_000 },
        ...claims,
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
        .sign(privateKey),
  };
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** The current nonce of the server. */
export async function nonceOf(front: { readonly port: number }): Promise<string> {
  const { headers } = await ask(front, { path: '/login', method: 'HEAD' });
  return String(headers['dpop-nonce']);
}

/** A query with a session that is bound to a key. */
export function queryWithProof(
  front: { readonly port: number },
  token: string,
  proof: string | string[],
  query = '{ viewer { name } }',
): Promise<RawAnswer> {
  const { headers, ...rest } = queryBy(null, query);
  return ask(front, { ...rest, headers: { ...headers, Authorization: `DPoP ${token}`, DPoP: proof } });
}
