import type { Merchant, PlatformMode } from '../merchant';
import {
  firstCertificate,
  firstPublicKey,
  makeCertificate,
  type PlatformCertificate,
  type PlatformKey,
} from './platform-keys';
import {
  readCertificate,
  readKey,
  type SavedPlatform,
  savedCertificate,
  savedKey,
} from './saved-keys';

/** How many certificates there are at once: the newest and the one before it. */
const certificatesMax = 2;
const publicKeyShareDefault = 0.5;
/** Probes that are remembered, so that each is followed by a genuine answer. */
const probesMax = 10_000;

/** WeChat's own keys, and which of them signs what for whom. */
export class Platform {
  /** The share of answers and notices that a signature probe goes before. */
  probe_share = 0;
  /** In mode `both`: the share of notices signed by the public key; 0: the switch has not begun. */
  public_key_share = publicKeyShareDefault;
  /** The share of what certificates sign that the newest of them signs, not the one before it. */
  new_certificate_share = 1;
  private readonly newer: PlatformCertificate[] = [];
  /** The first of both, where they are to outlive the process; else those of the process. */
  private own?: { readonly publicKey: PlatformKey; readonly certificate: PlatformCertificate };
  private readonly probed = new Set<string>();

  constructor(
    private readonly mode: PlatformMode,
    private readonly given: PlatformKey | undefined,
  ) {}

  modeOf(merchant: Merchant | undefined): PlatformMode {
    return merchant?.platform_mode ?? this.mode;
  }

  async publicKey(): Promise<PlatformKey> {
    return this.given ?? this.own?.publicKey ?? firstPublicKey();
  }

  /** The newest first. */
  async certificates(): Promise<PlatformCertificate[]> {
    const all = [this.own?.certificate ?? (await firstCertificate()), ...this.newer];
    return all.slice(-certificatesMax).reverse();
  }

  async rotate(): Promise<void> {
    this.newer.push(await makeCertificate());
    if (this.newer.length > certificatesMax) this.newer.shift();
  }

  /** @param asked the `Wechatpay-Serial` of the request */
  async keyOfAnswer(merchant: Merchant, asked: string | undefined): Promise<PlatformKey> {
    const publicKey = await this.publicKey();
    const mode = this.modeOf(merchant);
    const byPublicKey = mode === 'both' && this.public_key_share > 0 && asked === publicKey.serial;
    return mode === 'public-key' || byPublicKey ? publicKey : this.aCertificate();
  }

  async keyOfNotice(merchant: Merchant): Promise<PlatformKey> {
    const mode = this.modeOf(merchant);
    const byPublicKey = mode === 'both' && Math.random() < this.public_key_share;
    return mode === 'public-key' || byPublicKey ? this.publicKey() : this.aCertificate();
  }

  /** The key that a merchant may encrypt for, by what it names in `Wechatpay-Serial`. */
  async keyNamed(merchant: Merchant, serial: string): Promise<PlatformKey | undefined> {
    const mode = this.modeOf(merchant);
    const keys = [
      ...(mode === 'certificate' ? [] : [await this.publicKey()]),
      ...(mode === 'public-key' ? [] : await this.certificates()),
    ];
    return keys.find((key) => key.serial === serial);
  }

  /** Whether this one is a probe; what follows a probe never is. */
  drawsProbe(subject: string): boolean {
    if (this.probed.delete(subject) || Math.random() >= this.probe_share) return false;
    const [oldest] = this.probed;
    if (this.probed.size >= probesMax && oldest) this.probed.delete(oldest);
    this.probed.add(subject);
    return true;
  }

  /** Has keys from now on that can be saved: those of an earlier process, or new ones. */
  async keepKeys(saved?: SavedPlatform): Promise<void> {
    const [first, ...newer] = saved?.certificates ?? [];
    this.own = {
      publicKey: saved ? readKey(saved.public_key) : await firstPublicKey(),
      certificate: first ? readCertificate(first) : await firstCertificate(),
    };
    if (!saved) return;
    this.newer.push(...newer.map(readCertificate));
    this.probe_share = saved.probe_share;
    this.public_key_share = saved.public_key_share;
    this.new_certificate_share = saved.new_certificate_share;
  }

  saved(): SavedPlatform {
    if (!this.own) throw new Error('no keys are kept');
    return {
      public_key: savedKey(this.own.publicKey),
      certificates: [this.own.certificate, ...this.newer].map(savedCertificate),
      probe_share: this.probe_share,
      public_key_share: this.public_key_share,
      new_certificate_share: this.new_certificate_share,
    };
  }

  /** The shares are as at the start; keys that clients know stay. */
  reset(): void {
    this.probe_share = 0;
    this.public_key_share = publicKeyShareDefault;
    this.new_certificate_share = 1;
    this.probed.clear();
  }

  private async aCertificate(): Promise<PlatformKey> {
    const [newest, before] = await this.certificates();
    const isOlder = before !== undefined && Math.random() >= this.new_certificate_share;
    return (isOlder ? before : newest) ?? this.publicKey();
  }
}
