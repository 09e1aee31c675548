import { randomBytes } from 'node:crypto';
import { within } from '@saoma/platform/within';
import { foreignWords } from '../foreign-words';
import type { WechatFinding } from '../wechat-channel';
import type { HttpAnswer } from '../wechat-http';
import { DecryptError, decryptField, encryptField } from './cipher';
import type { Connection } from './connection';
import type { Echoes, Heard } from './echoes';
import { readJson, textOf } from './json';
import { get, post } from './sign';
import { wordsOf } from './verify';

/** How long WeChat has for an answer, and then for its test notice. */
const answerMsMax = 8_000;
const noticeMsMax = 5_000;
/** WeChat takes 300; whoever is so far away loses its payments when it drifts on. */
const clockOffSecondsMax = 60;
/** A number that no payment has: ours are only digits. */
const nobodysNo = 'saoma-check';

type Answered = Exclude<HttpAnswer, { status: null }>;
type About = WechatFinding['about'];

/** Finds out whether WeChat and we have the right keys of each other, without a payment. */
export class SelfTest {
  constructor(
    private readonly connection: Connection,
    private readonly echoes: Echoes,
    private readonly notifyUrl: string,
  ) {}

  async run(): Promise<WechatFinding[]> {
    const echo_message = randomBytes(16).toString('hex');
    const heard = this.echoes.expect(echo_message);
    try {
      const deadline = AbortSignal.timeout(answerMsMax);
      const answer = await this.askEcho(echo_message, deadline);
      // Not every WeChat has it. A signed "no such payment" proves the keys of both sides, too.
      const hasEcho = answer.status !== 404 && answer.status !== 405;
      const findings = await this.judge(hasEcho ? answer : await this.askNobody(deadline));
      const isBad = findings.some(({ about, is }) => about !== 'clock' && is === 'bad');
      if (isBad || answer.status === null) return findings;
      if (!hasEcho) return [...findings, ...this.noticeFindings('nothing')];
      const own = this.ownKeyFinding(answer, echo_message);
      if (answer.status !== 200) return [...findings, own];
      const came = await within(noticeMsMax, heard, (): Heard => 'nothing');
      return [...findings, own, ...this.noticeFindings(came)];
    } finally {
      this.echoes.forget(echo_message);
    }
  }

  private async askEcho(echo_message: string, deadline: AbortSignal): Promise<HttpAnswer> {
    const theirs = await this.connection.keys.encrypting();
    const request = post('/v3/security/echo', {
      notify_url: this.notifyUrl,
      echo_message,
      ...(theirs && { encrypted_echo_message: encryptField(echo_message, theirs.key) }),
    });
    return this.connection.requests.ask(request, { deadline, serial: theirs?.serial });
  }

  private askNobody(deadline: AbortSignal): Promise<HttpAnswer> {
    const { mch_id } = this.connection.merchant;
    const path = '/v3/pay/transactions/out-trade-no';
    return this.connection.requests.ask(get(`${path}/${nobodysNo}?mchid=${mch_id}`), { deadline });
  }

  /** What an answer proves, whatever it answers. */
  private async judge(answer: HttpAnswer): Promise<WechatFinding[]> {
    if (answer.status === null) return [bad('request-key', `no answer: ${answer.reason}`)];
    const { status, headers, body } = answer;
    if (status === 401) return [bad('request-key', this.whyRefused(answer))];
    const refusal = await this.connection.keys.refusalOf(headers, body);
    if (refusal) return this.whyNotBelieved(answer, wordsOf(refusal));
    const off = Math.abs(offSeconds(this.connection.now(), headers['wechatpay-timestamp']));
    return [
      good('request-key', 'WeChat believes our signature'),
      good('answer-key', 'what WeChat answers is signed with a key that is known here'),
      off <= clockOffSecondsMax
        ? good('clock', 'it is right')
        : bad('clock', `it is ${off} s away from WeChat's; at 300 s WeChat refuses everything`),
    ];
  }

  private ownKeyFinding({ status, body }: Answered, echo_message: string): WechatFinding {
    const json = readJson(body) ?? {};
    if (status !== 200) {
      return bad(
        'own-key',
        `WeChat refuses the test: ${foreignWords(json.code)} ${foreignWords(json.message)}`,
      );
    }
    const sealed = textOf(json, 'encrypted_echo_message');
    if (!sealed) return unproved('own-key', 'WeChat has encrypted nothing for us');
    try {
      const opened = decryptField(sealed, this.connection.merchant.privateKey);
      if (opened === echo_message) return good('own-key', 'what WeChat encrypts for us opens');
    } catch (error) {
      if (!(error instanceof DecryptError)) throw error;
    }
    return bad('own-key', 'what WeChat encrypts for us does not open with WECHAT_CERT_KEY');
  }

  private noticeFindings(heard: Heard): WechatFinding[] {
    if (heard === 'heard') {
      return [
        good('api-key', 'WECHAT_V3_KEY opens what WeChat encrypts'),
        good('notify-url', 'a test notice has arrived'),
      ];
    }
    if (heard === 'garbled') {
      return [
        bad('api-key', 'a notice has come that WECHAT_V3_KEY does not open: set it as it is there'),
        good('notify-url', 'a notice has arrived'),
      ];
    }
    const isOpened = this.connection.keys.certificateCount > 0;
    return [
      isOpened
        ? good('api-key', "WECHAT_V3_KEY opens WeChat's certificates")
        : unproved('api-key', 'only a notice could prove it'),
      unproved(
        'notify-url',
        `no test notice has come to this process: is ${this.notifyUrl} open to WeChat?`,
      ),
    ];
  }

  /** WeChat's words are for people: nothing but these sentences depends on them. */
  private whyRefused({ headers, body }: Answered): string {
    const { serial_no, mch_id } = this.connection.merchant;
    const json = readJson(body) ?? {};
    const message = foreignWords(json.message);
    const off = Math.round(
      (this.connection.now() - Date.parse(String(headers.date ?? ''))) / 1_000,
    );
    const cause = /timestamp/.test(message)
      ? `the clock of this machine is ${Number.isNaN(off) ? 'wrong' : `${off} s away`}`
      : /序列号|证书/.test(message)
        ? `${serial_no} is no valid certificate of the merchant ${mch_id}: look at WECHAT_CERT`
        : /APIv3密钥/.test(message)
          ? 'set an APIv3 key on the merchant platform first'
          : 'are WECHAT_CERT and WECHAT_CERT_KEY those of the merchant WECHAT_MCH_ID?';
    return `WeChat refuses our signature: ${cause} (${foreignWords(json.code)} ${message})`;
  }

  private whyNotBelieved({ status, headers }: Answered, reason: string): WechatFinding[] {
    const serial = foreignWords(headers['wechatpay-serial'], 64);
    if (!serial) return [bad('answer-key', `HTTP ${status}, not signed: is this WeChat?`)];
    const off = offSeconds(this.connection.now(), headers['wechatpay-timestamp']);
    if (Math.abs(off) > clockOffSecondsMax) {
      return [bad('clock', `the clock of this machine is ${off} s away from WeChat's`)];
    }
    const { publicKey } = this.connection.merchant;
    const { trouble } = this.connection.keys;
    if (trouble?.includes('WECHAT_V3_KEY')) return [bad('api-key', trouble)];
    const cure = !publicKey
      ? `WeChat's certificates: ${trouble ?? 'this one is not among them'}`
      : serial === publicKey.id
        ? 'WECHAT_PUBLIC_KEY is not the key with this id: download it again'
        : `WECHAT_PUBLIC_KEY_ID is ${publicKey.id}: is that the key of another merchant?`;
    return [bad('answer-key', `the answer is ${reason}; ${cure}`)];
  }
}

function offSeconds(nowMs: number, timestamp: unknown): number {
  return Math.round(nowMs / 1_000) - Number(timestamp);
}

const finding = (is: WechatFinding['is']) => (about: About, says: string) =>
  ({ dialect: 'v3', about, is, says }) as const;
const good = finding('good');
const bad = finding('bad');
const unproved = finding('unproved');
