import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { UserId } from '@saoma/contracts/values';
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { z } from 'zod';
import { GatewayConfig } from '../config';
import { signInFirst, type User } from '../rest/user';

/** Of an identity provider's key set only signatures count whose key can be public. */
const publicAlgorithms = ['RS', 'PS', 'ES'].flatMap((kind) =>
  ['256', '384', '512'].map((bits) => kind + bits),
);
const jwksMsMax = 3_000;
/** How long a demo sign-in lasts. */
export const demoSeconds = 24 * 60 * 60;

const Claims = z.object({ sub: UserId, roles: z.array(z.unknown()).default([]).catch([]) });

/**
 * Reads and (in the demo) issues sign-in tokens: JWTs signed with our secret by HS256, or with a
 * key of the identity provider's set. A token is believed only whole: signature, expiry, start,
 * and issuer and audience where they are configured.
 */
@Injectable()
export class Tokens {
  private readonly secret: KeyObject | undefined;
  private readonly keySet: ReturnType<typeof createRemoteJWKSet> | undefined;
  private readonly expected: JWTVerifyOptions;

  constructor(private readonly config: GatewayConfig) {
    const { AUTH_JWT_SECRET, AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE, DEMO } = config;
    if (AUTH_JWT_SECRET) this.secret = createSecretKey(AUTH_JWT_SECRET, 'utf8');
    else if (DEMO) this.secret = createSecretKey(randomBytes(32));
    if (AUTH_JWKS_URL) {
      this.keySet = createRemoteJWKSet(new URL(AUTH_JWKS_URL), { timeoutDuration: jwksMsMax });
    }
    this.expected = {
      ...(AUTH_ISSUER ? { issuer: AUTH_ISSUER } : {}),
      ...(AUTH_AUDIENCE ? { audience: AUTH_AUDIENCE } : {}),
    };
  }

  /** The user of a token. Fails with auth/required, or service/unavailable without the key set. */
  async read(token: string): Promise<User> {
    const claims = Claims.safeParse(await this.verify(token));
    if (!claims.success) throw signInFirst('the token names no user');
    const { sub, roles } = claims.data;
    return { user_id: sub, operator: roles.includes('operator') };
  }

  /** A token of our own, for the demo. */
  async issue(user_id: string, roles: readonly string[]): Promise<string> {
    const { AUTH_ISSUER, AUTH_AUDIENCE } = this.config;
    if (!this.secret) throw new Error('there is no secret to sign with');
    const token = new SignJWT({ roles: [...roles] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user_id)
      .setIssuedAt()
      .setExpirationTime(`${demoSeconds} s`);
    if (AUTH_ISSUER) token.setIssuer(AUTH_ISSUER);
    if (AUTH_AUDIENCE) token.setAudience(AUTH_AUDIENCE);
    return token.sign(this.secret);
  }

  private async verify(token: string): Promise<JWTPayload> {
    try {
      const symmetric = decodeProtectedHeader(token).alg === 'HS256';
      if (symmetric && this.secret) {
        const options = { ...this.expected, algorithms: ['HS256'] };
        return (await jwtVerify(token, this.secret, options)).payload;
      }
      if (symmetric || !this.keySet) throw new errors.JOSEAlgNotAllowed('not our algorithm');
      const options = { ...this.expected, algorithms: publicAlgorithms };
      return (await jwtVerify(token, this.keySet, options)).payload;
    } catch (cause) {
      if (isVerdict(cause)) throw signInFirst('the token is not valid', cause);
      throw new AppError('service/unavailable', {
        detail: 'the identity provider cannot be asked for its keys',
        cause,
      });
    }
  }
}

/** True if the error speaks of the token; all others speak of fetching the key set. */
function isVerdict(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // A header that is no JSON of base64url is a TypeError of `decodeProtectedHeader`.
  if (error instanceof TypeError) return error.message.includes('Protected Header');
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
