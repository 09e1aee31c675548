import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sandbox } from './sandbox';

/** How WeChat is spoken with: the API, and in APIv3 by which of its keys WeChat signs. */
export const ways = ['v2', 'v3 public-key', 'v3 certificate', 'v3 both'] as const;
export type Way = (typeof ways)[number];

export const dialectOf = (way: Way) => (way === 'v2' ? 'v2' : 'v3');
/** WeChat's side of it; in v2 no key of WeChat's takes part. */
export const platformModeOf = (way: Way) => (way === 'v2' ? 'public-key' : way.slice('v3 '.length));

const Pair = z.looseObject({ privateKey: z.string(), certificate: z.string() });
const Vectors = z.looseObject({
  identities: z.looseObject({ apiV3Key: z.string() }),
  keys: z.looseObject({ merchant: Pair, platform1: Pair }),
});
type Variables = Readonly<Record<string, string>>;

const vectors = Vectors.parse(
  JSON.parse(readFileSync(join(process.cwd(), 'test/vectors/wechat-v3/v3-more.json'), 'utf8')),
);
/** The merchant's certificate, and another one that may take its place, as PEM. */
export const merchantKeys = { now: vectors.keys.merchant, next: vectors.keys.platform1 };
/** The merchant's APIv3 key. */
export const v3Key = vectors.identities.apiV3Key;

/** The merchant's keys of APIv3, those of the published vectors, as files in a folder of a test. */
export class V3Keys {
  private readonly WECHAT_V3_KEY = v3Key;
  private readonly WECHAT_CERT: string;
  private readonly WECHAT_CERT_KEY: string;

  constructor(private readonly folder: string) {
    const { certificate, privateKey } = vectors.keys.merchant;
    this.WECHAT_CERT = this.file('merchant.pem', certificate);
    this.WECHAT_CERT_KEY = this.file('merchant.key', privateKey);
  }

  /** What the sandbox knows of the merchant. */
  get sandbox(): Variables {
    const { WECHAT_V3_KEY, WECHAT_CERT } = this;
    return { WECHAT_V3_KEY, WECHAT_CERT };
  }

  /** What the pay service needs: what the merchant's console gives, and WeChat's public key. */
  async pay(sandbox: Pick<Sandbox, 'publicKey'>): Promise<Variables> {
    const { WECHAT_V3_KEY, WECHAT_CERT, WECHAT_CERT_KEY } = this;
    const own = { WECHAT_V3_KEY, WECHAT_CERT, WECHAT_CERT_KEY };
    const { public_key, public_key_id } = await sandbox.publicKey();
    if (public_key === null || public_key_id === null) return own;
    const WECHAT_PUBLIC_KEY = this.file(`${public_key_id}.pem`, public_key);
    return { ...own, WECHAT_PUBLIC_KEY, WECHAT_PUBLIC_KEY_ID: public_key_id };
  }

  private file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }
}
