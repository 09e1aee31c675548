import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { UserId } from '@saoma/contracts/values';
import {
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { z } from 'zod';
import { GatewayConfig } from '../config';
import { roles as knownRoles, type SignedIn, signInFirst } from '../rest/user';
import { KeySet, type Keys } from './key-set';
import { KnownTokens } from './known-tokens';

/** Of an identity provider's key set only signatures count whose key can be public. */
const publicAlgorithms = [
  ...['RS', 'PS', 'ES'].flatMap((kind) => ['256', '384', '512'].map((bits) => kind + bits)),
  ...['EdDSA', 'Ed25519'],
];
/** The clocks of two machines differ: by so much `nbf` may be ahead and `exp` past. */
const leewaySeconds = 60;
/** How long a demo sign-in lasts. */
export const demoSeconds = 24 * 60 * 60;

interface Verified {
  readonly payload: JWTPayload;
  /** One of our secrets; or the key set as a whole, whichever of its keys it was. */
  readonly signer: object;
}

const Claims = z.object({ sub: UserId, roles: z.array(z.unknown()).default([]).catch([]) });

/**
 * Reads and (in the demo) issues sign-in tokens: JWTs signed with our secret by HS256, or with a
 * key of the identity provider's set. A token is believed only whole: signature, expiry, start,
 * and issuer and audience where they are configured. What was found good is remembered for as
 * long as it would be found good again.
 */
@Injectable()
export class Tokens implements OnApplicationShutdown {
  /** The first one signs; one before it is believed beside it while the secret is changed. */
  private readonly secrets: readonly KeyObject[];
  private readonly keySet: KeySet | undefined;
  private readonly expected: JWTVerifyOptions;
  private readonly known = new KnownTokens();

  constructor(private readonly config: GatewayConfig) {
    const { AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = config;
    this.secrets = secretsOf(config);
    if (AUTH_JWKS_URL) this.keySet = new KeySet(AUTH_JWKS_URL, config);
    const named = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
    this.expected = { clockTolerance: leewaySeconds, ...named };
  }

  /** The user of a token. Fails with auth/required, or service/unavailable without the key set. */
  async read(token: string): Promise<SignedIn> {
    const found = this.known.find(token);
    if (found && (await this.isGood(found.signer))) return found.user;
    const { payload, signer } = await this.verify(token);
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw signInFirst('the token has no valid `sub`');
    const { sub, roles } = claims.data;
    const user = { user_id: sub, roles: knownRoles.filter((role) => roles.includes(role)) };
    const { nbf = Number.NEGATIVE_INFINITY, exp = Number.POSITIVE_INFINITY } = payload;
    const fromSeconds = nbf - leewaySeconds;
    this.known.keep(token, { user, signer, fromSeconds, untilSeconds: exp + leewaySeconds });
    return user;
  }

  /** A token of our own, for the demo. */
  async issue(user_id: string, roles: readonly string[]): Promise<string> {
    const { AUTH_ISSUER, AUTH_AUDIENCE } = this.config;
    const [secret] = this.secrets;
    if (!secret) throw new Error('there is no secret to sign with');
    const token = new SignJWT({ roles: [...roles] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user_id)
      .setIssuedAt()
      .setExpirationTime(`${demoSeconds} s`);
    if (AUTH_ISSUER) token.setIssuer(AUTH_ISSUER);
    if (AUTH_AUDIENCE) token.setAudience(AUTH_AUDIENCE);
    return token.sign(secret);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.keySet?.close();
  }

  /**
   * Whether what it signed would be believed now as it was then: it is one of our secrets, or the
   * very object that `KeySet.keys` gives.
   */
  private async isGood(signer: object): Promise<boolean> {
    const isSecret = this.secrets.some((secret) => secret === signer);
    return isSecret || signer === (await this.keySet?.keys());
  }

  private async verify(token: string): Promise<Verified> {
    try {
      const { alg, kid } = headerOf(token);
      if (alg === 'HS256' && this.secrets.length > 0) {
        return await verifyByEach(token, this.secrets, { ...this.expected, algorithms: ['HS256'] });
      }
      if (alg === 'HS256' || !this.keySet) throw new errors.JOSEAlgNotAllowed('not our algorithm');
      return await this.verifyPublic(token, this.keySet, kid);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      if (isVerdict(cause)) throw signInFirst(verdictOf(cause), cause);
      this.keySet?.complain(cause);
      const detail = 'a key of the identity provider cannot be used';
      throw new AppError('service/unavailable', { detail, cause });
    }
  }

  /** A token may be signed with a key that is newer than those that are here. */
  private async verifyPublic(token: string, keySet: KeySet, kid?: string): Promise<Verified> {
    const options = { ...this.expected, algorithms: publicAlgorithms };
    const keys = await keySet.keys();
    try {
      return await verifyByKeySet(token, keys, options);
    } catch (error) {
      const isUnknown =
        error instanceof errors.JWKSNoMatchingKey ||
        (kid === undefined && error instanceof errors.JWSSignatureVerificationFailed);
      const newer = isUnknown ? await keySet.newer() : keys;
      if (newer === keys) throw error;
      return verifyByKeySet(token, newer, options);
    }
  }
}

/** The demo signs with one of its own if it was given none. */
function secretsOf({ AUTH_JWT_SECRET, AUTH_JWT_SECRET_BEFORE, DEMO }: GatewayConfig) {
  const given = [AUTH_JWT_SECRET, AUTH_JWT_SECRET_BEFORE].filter((each) => each !== undefined);
  if (given.length > 0) return given.map((each) => createSecretKey(each, 'utf8'));
  return DEMO ? [createSecretKey(randomBytes(32))] : [];
}

/** Whichever of these has signed it. */
async function verifyByEach(
  token: string,
  signers: Iterable<KeyObject> | AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<Verified> {
  for await (const signer of signers) {
    try {
      return { payload: (await jwtVerify(token, signer, options)).payload, signer };
    } catch (refusal) {
      if (!(refusal instanceof errors.JWSSignatureVerificationFailed)) throw refusal;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** A token that names no key may be signed with any that fits. */
async function verifyByKeySet(token: string, keys: Keys, options: JWTVerifyOptions) {
  try {
    return { payload: (await jwtVerify(token, keys, options)).payload, signer: keys };
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    const { payload } = await verifyByEach(token, error, options);
    return { payload, signer: keys };
  }
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw signInFirst('the token is not valid', cause);
  }
}

/** A token that nothing but its time is against is told so; of any other nothing is said. */
const verdictOf = (error: unknown) =>
  error instanceof errors.JWTExpired ? 'the token has expired' : 'the token is not valid';

/** True if the error speaks of the token; all others speak of the keys. */
function isVerdict(error: unknown): boolean {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid);
}
