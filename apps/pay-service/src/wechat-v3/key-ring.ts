import type { KeyObject } from 'node:crypto';
import type { Log } from '@saoma/platform/log';
import { within } from '@saoma/platform/within';
import { foreignWords } from '../foreign-words';
import { payMetrics } from '../metrics';
import type { HttpAnswer } from '../wechat-http';
import { CertificatesError, type PlatformCertificate, readCertificates } from './certificates';
import { dayMs, type Expiring, ExpiryLog } from './expiry';
import type { WechatV3Requests } from './requests';
import {
  type Headers,
  type Refusal,
  readSignature,
  serialCharsMax,
  whyNotSigned,
  wordsOf,
} from './verify';

const refreshMs = 12 * 3_600_000;
/** Between two fetches, whatever asks for them. */
export const fetchPauseMs = 60_000;
/** How long a message waits for certificates that are being fetched. */
const waitMsMax = 2_000;
const certificateSerial = /^[0-9A-F]{40}$/;

/** WeChat's public key, which the merchant has downloaded, and its id. */
export interface WechatPublicKey {
  readonly id: string;
  readonly key: KeyObject;
}

interface Options {
  /** Without one, WeChat's certificates are fetched at the start and twice a day. */
  readonly publicKey: WechatPublicKey | undefined;
  readonly apiV3Key: KeyObject;
  /** Our own certificate, whose end is told along with theirs. */
  readonly own: Expiring;
  readonly requests: WechatV3Requests;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** `undecided`: the key is unknown only because WeChat's certificates cannot be had now. */
export type RingRefusal = Refusal & { readonly undecided?: true };

/**
 * The keys by which WeChat signs: its public key, its certificates, or both while it changes from
 * these to that. Which one a message is checked with, the message says by its serial number.
 */
export class KeyRing {
  private readonly expiry: ExpiryLog;
  private certificates: readonly PlatformCertificate[] = [];
  private fetching: Promise<void> | undefined;
  private fetchedMs = Number.NEGATIVE_INFINITY;
  /** Whether the latest fetch said which certificates there are, be it none. */
  private isKnown = false;
  private reason: string | undefined;
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: Options) {
    this.expiry = new ExpiryLog(options.log);
  }

  /** Fetches what has to be fetched from now on. */
  start(): void {
    this.tellExpiry();
    this.timers.push(setInterval(() => this.tellExpiry(), dayMs).unref());
    if (this.options.publicKey) return;
    void this.fetch();
    this.timers.push(setInterval(() => void this.refresh(), fetchPauseMs).unref());
  }

  stop(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  /** Why a message is not WeChat's; undefined: it is. */
  async refusalOf(headers: Headers, body: Uint8Array): Promise<RingRefusal | undefined> {
    const signature = readSignature(headers, this.options.now());
    if ('reason' in signature) return signature;
    const key = this.find(signature.serial) ?? (await this.findLater(signature.serial));
    return 'reason' in key ? key : whyNotSigned(body, signature, key);
  }

  /** The key for what only WeChat may read; undefined while there is none. */
  async encrypting(): Promise<{ serial: string; key: KeyObject } | undefined> {
    const { publicKey } = this.options;
    if (publicKey) return { serial: publicKey.id, key: publicKey.key };
    if (this.certificates.length === 0) await within(waitMsMax, this.fetch());
    const [first, ...others] = this.certificates;
    return others.reduce((one, other) => (one && one.expires > other.expires ? one : other), first);
  }

  /** Why WeChat's certificates cannot be had; undefined if they are here, or not asked for. */
  get trouble(): string | undefined {
    return this.isKnown ? undefined : this.reason;
  }

  get certificateCount(): number {
    return this.certificates.length;
  }

  /** When the last of WeChat's certificates ends; undefined: there is none. */
  get end(): Date | undefined {
    const [first, ...others] = this.certificates.map(({ expires }) => expires);
    return others.reduce((last, one) => (last && last > one ? last : one), first);
  }

  private find(serial: string): KeyObject | undefined {
    const { publicKey } = this.options;
    if (publicKey?.id === serial) return publicKey.key;
    const name = serial.toUpperCase();
    const certificate = this.certificates.find((each) => each.serial === name);
    return certificate && certificate.expires.getTime() > this.options.now()
      ? certificate.key
      : undefined;
  }

  private async findLater(serial: string): Promise<KeyObject | RingRefusal> {
    const unknown = {
      reason: 'signed with a key that is not known here',
      detail: foreignWords(serial, serialCharsMax),
    };
    if (!certificateSerial.test(serial.toUpperCase())) return unknown;
    if (this.fetching || this.options.now() - this.fetchedMs >= fetchPauseMs) {
      await within(waitMsMax, this.fetch());
    }
    const key = this.find(serial);
    if (key) return key;
    return this.isKnown && !this.fetching ? unknown : { ...unknown, undecided: true };
  }

  private tellExpiry(): void {
    const theirs = this.certificates.map((each) => ({ name: "WeChat's", ...each }));
    this.expiry.tell([this.options.own, ...theirs], this.options.now());
  }

  /** Every minute: fetches again after half a day, or soon if there are none. */
  private async refresh(): Promise<void> {
    const ageMs = this.options.now() - this.fetchedMs;
    if (ageMs >= (this.isKnown ? refreshMs : fetchPauseMs)) await this.fetch();
  }

  /** One fetch at a time, for all who wait. */
  private fetch(): Promise<void> {
    if (!this.fetching) {
      this.fetchedMs = this.options.now();
      this.fetching = this.fetchNow().finally(() => {
        this.fetching = undefined;
      });
    }
    return this.fetching;
  }

  private async fetchNow(): Promise<void> {
    const { requests, log } = this.options;
    const startedMs = performance.now();
    const answer = await requests.ask({ method: 'GET', target: '/v3/certificates', body: '' });
    const { isKnown, certificates, reason } = this.judge(answer);
    this.isKnown = isKnown;
    this.reason = reason;
    // The old ones are kept while there are no new ones.
    if (certificates) this.certificates = certificates;
    const ms = Math.round(performance.now() - startedMs);
    const outcome = certificates ? 'success' : isKnown ? 'no' : 'unknown';
    const method = 'certificates';
    payMetrics.wechatCalls.observe(ms / 1_000, { method, dialect: 'v3', outcome });
    const serials = certificates?.map(({ serial }) => serial);
    const level = isKnown ? 'info' : 'warn';
    log[level]({ method, hosts: answer.hosts, ms, outcome, serials, reason }, 'asked WeChat');
    this.tellExpiry();
  }

  private judge(answer: HttpAnswer): {
    isKnown: boolean;
    certificates?: readonly PlatformCertificate[];
    reason?: string;
  } {
    const { publicKey, apiV3Key } = this.options;
    if (answer.status === null) return { isKnown: false, reason: answer.reason };
    // To a merchant with a public key these say that it has no certificates.
    const isNone = answer.status === 404 || answer.status === 500;
    if (isNone && publicKey) return { isKnown: true, reason: `HTTP ${answer.status}: none` };
    if (answer.status === 404) return { isKnown: false, reason: noCertificates };
    if (answer.status !== 200) return { isKnown: false, reason: `HTTP ${answer.status}` };
    try {
      const certificates = readCertificates(answer.body, apiV3Key);
      const refusal = this.refusalBy(certificates, answer);
      if (refusal) return { isKnown: false, reason: wordsOf(refusal) };
      return { isKnown: true, certificates };
    } catch (error) {
      if (!(error instanceof CertificatesError)) throw error;
      return { isKnown: false, reason: error.message };
    }
  }

  /** The first answer is signed with a key that it brings itself. */
  private refusalBy(
    brought: readonly PlatformCertificate[],
    { headers, body }: { headers: Headers; body: Uint8Array },
  ): Refusal | undefined {
    const signature = readSignature(headers, this.options.now());
    if ('reason' in signature) return signature;
    const serial = signature.serial.toUpperCase();
    const key = brought.find((each) => each.serial === serial)?.key ?? this.find(signature.serial);
    return key ? whyNotSigned(body, signature, key) : { reason: 'signed with an unknown key' };
  }
}

const noCertificates =
  'HTTP 404: this merchant has no certificates of WeChat; set WECHAT_PUBLIC_KEY and its id';
