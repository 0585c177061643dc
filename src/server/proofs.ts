import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { JWTVerifyResult } from 'jose';
import type { Clock } from '../contracts/clock.ts';
import type { Refusal } from './replies.ts';

/** In characters. An ordinary proof has about 700. */
const LONGEST_PROOF = 2_048;
const LONGEST_ID = 64;

const ALGORITHM = 'ES256';
const CLAIMS = ['jti', 'htm', 'htu', 'iat', 'ath', 'nonce'];

type Proven =
  | {
      readonly ok: true;
      /** The thumbprint (RFC 7638, SHA-256) of the key that the proof was signed by. */
      readonly key: string;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Verifies proofs that a client has a key (DPoP, RFC 9449): a JWT, signed for this request, this secret and this
 * server. Only the nonce limits its time, because the clocks of browsers can be wrong.
 */
export interface Proofs {
  /** The nonce for the next proof, for the header DPoP-Nonce. */
  nonce(): string;
  /**
   * Verifies a proof. Each is valid once.
   * @param secret the token that it goes with, or the secret of a login link
   */
  verify(request: IncomingMessage, proof: unknown, secret: string): Promise<Proven>;
  /** Refuses a request without a proof, or with another key. */
  refusal(message: string): Refusal;
}

export function createProofs(clock: Pick<Clock, 'monotonic'>): Proofs {
  const nonces = createNonces(clock);

  function refusal(message: string, error = 'invalid_dpop_proof'): Refusal {
    const challenge = `DPoP realm="Toehold", error="${error}", algs="${ALGORITHM}"`;
    const headers = { 'WWW-Authenticate': challenge, 'DPoP-Nonce': nonces.current() };
    return { status: 401, code: 'PROOF_REQUIRED', message, headers };
  }

  const refuse = (message: string, error?: string): Proven => ({
    ok: false,
    refusal: refusal(message, error),
  });

  return {
    nonce: nonces.current,
    refusal,
    async verify(request, proof, secret) {
      if (typeof proof !== 'string' || proof.length > LONGEST_PROOF) return refuse(NO_PROOF);
      const verified = await verifySignature(proof);
      if (verified === null) return refuse(BAD_SIGNATURE);
      const { jti, htm, htu, ath, nonce } = verified.payload;
      if (typeof nonce !== 'string' || !nonces.isValid(nonce)) return refuse(OLD_NONCE, 'use_dpop_nonce');
      if (htm !== request.method || !isUrlOf(request, htu)) return refuse('The proof is for another request');
      if (ath !== digestOf(secret)) return refuse('The proof is for another token');
      if (typeof jti !== 'string' || jti.length > LONGEST_ID) return refuse(NO_ID);
      const { jwk } = verified.protectedHeader;
      const { calculateJwkThumbprint } = await import('jose');
      const key = jwk && (await calculateJwkThumbprint(jwk, 'sha256'));
      if (key === undefined) return refuse(BAD_SIGNATURE);
      // Two browsers can choose the same id.
      if (!nonces.use(nonce, `${key}:${jti}`)) return refuse('The proof was used before: make a new one');
      return { ok: true, key };
    },
  };
}

const NO_PROOF =
  'This session is bound to a key of its browser: send "Authorization: DPoP <token>" and the header DPoP with a proof (RFC 9449), or use a token that "toehold token create" makes';
const BAD_SIGNATURE = `The proof must be a JWT of the type dpop+jwt, signed with ${ALGORITHM} by the public key in its header`;
const OLD_NONCE = 'The proof must have the nonce from the header DPoP-Nonce of this response';
const NO_ID = `The proof must have an id (jti) of at most ${LONGEST_ID} characters`;

/** Returns null if it is not a proof, or its signature is wrong. */
async function verifySignature(proof: string): Promise<JWTVerifyResult | null> {
  // Loaded by the first proof: only browsers send proofs.
  const { EmbeddedJWK, errors, jwtVerify } = await import('jose');
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      ...{ typ: 'dpop+jwt', algorithms: [ALGORITHM], requiredClaims: CLAIMS },
    });
  } catch (error) {
    // jose throws its own errors for invalid proofs; WebCrypto throws for a key that is not on its curve.
    if (error instanceof errors.JOSEError || error instanceof TypeError || isOfCrypto(error)) return null;
    throw error;
  }
}

function isOfCrypto(error: unknown): boolean {
  return error instanceof DOMException;
}

/** Whether the URL is that of the request. A proxy can change http to https, or back. */
function isUrlOf({ headers, url = '' }: IncomingMessage, said: unknown): boolean {
  if (typeof said !== 'string' || !URL.canParse(said)) return false;
  const { protocol, host, pathname } = new URL(said);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const asked = `${protocol}//${headers.host}${url}`;
  if (!URL.canParse(asked)) return false;
  const here = new URL(asked);
  return here.host === host && here.pathname === pathname;
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** A nonce is replaced after this time, and stays valid for the same time again, in milliseconds. */
const ROTATED_EVERY = 120_000;

/** A nonce is replaced after this many proofs. This bounds the memory. */
const MOST_PROOFS = 10_000;

interface Nonce {
  readonly text: string;
  readonly since: number;
  /** The ids of the proofs that used it. */
  readonly seen: Set<string>;
}

/**
 * A proof must contain a nonce of this server, to show that it is recent (RFC 9449, section 8). Nonces are random and
 * new at each start, so no program that had the port before could obtain a proof for one.
 */
interface Nonces {
  current(): string;
  isValid(nonce: string): boolean;
  /** Marks a proof as used, by its id. Returns false if it was used before, or its nonce is not valid. */
  use(nonce: string, id: string): boolean;
}

export function createNonces(clock: Pick<Clock, 'monotonic'>): Nonces {
  let current = make();
  let previous: Nonce | null = null;

  function make(): Nonce {
    return { text: randomBytes(16).toString('base64url'), since: clock.monotonic(), seen: new Set() };
  }

  function rotate(): void {
    const age = clock.monotonic() - current.since;
    if (age < ROTATED_EVERY && current.seen.size < MOST_PROOFS) return;
    previous = age < 2 * ROTATED_EVERY ? current : null;
    current = make();
  }

  function find(text: string): Nonce | null {
    rotate();
    const found = [current, previous].find((nonce) => nonce?.text === text);
    return found && found.seen.size < MOST_PROOFS ? found : null;
  }

  return {
    current() {
      rotate();
      return current.text;
    },
    isValid: (text) => find(text) !== null,
    use(text, id) {
      const nonce = find(text);
      if (!nonce || nonce.seen.has(id)) return false;
      nonce.seen.add(id);
      return true;
    },
  };
}
