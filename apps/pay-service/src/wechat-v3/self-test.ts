import { randomBytes } from 'node:crypto';
import { within } from '@saoma/platform/within';
import { appidFinding } from '../appid-finding';
import { foreignWords } from '../foreign-words';
import type { WechatFinding } from '../wechat-channel';
import type { HttpAnswer } from '../wechat-http';
import { DecryptError, decryptField, encryptField } from './cipher';
import type { Connection } from './connection';
import type { Echoes, Heard } from './echoes';
import { readJson, textOf } from './json';
import type { RingRefusal } from './key-ring';
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
      const isBelieved = findings.every(({ about, is }) => about === 'clock' || is === 'good');
      if (!isBelieved || answer.status === null) return findings;
      const appid = appidFinding('v3', this.connection.merchant);
      if (!hasEcho) return [...findings, ...this.noticeFindings('nothing'), appid];
      const own = this.ownKeyFinding(answer, echo_message);
      if (answer.status !== 200) return [...findings, own, appid];
      const came = await within(noticeMsMax, heard, (): Heard => 'nothing');
      return [...findings, own, ...this.noticeFindings(came), appid];
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
    if (answer.status === null) {
      const says = `no answer from ${answer.hosts.join(' or ')}: ${answer.reason}`;
      return [unknown('request-key', `${says}; can this machine reach WeChat?`)];
    }
    const { status, headers, body } = answer;
    if (status === 401) return [bad('request-key', this.whyRefused(answer))];
    if (status === 202 || status === 429 || status >= 500) {
      return [unknown('request-key', `WeChat answers HTTP ${status}: check again later`)];
    }
    const refusal = await this.connection.keys.refusalOf(headers, body);
    if (refusal) return [this.whyNotBelieved(answer, refusal)];
    const off = this.offSeconds(headers['wechatpay-timestamp']);
    return [
      good('request-key', 'WeChat believes our signature'),
      good('answer-key', "WeChat's answer is signed with a key that is known here"),
      Math.abs(off) <= clockOffSecondsMax
        ? good('clock', 'the clock of this machine is right')
        : bad('clock', `${clockWords(off)}; from 300 s on WeChat refuses everything`),
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
    if (!sealed) {
      return unproved('own-key', 'WeChat has encrypted nothing for us; no payment needs this key');
    }
    try {
      const opened = decryptField(sealed, this.connection.merchant.privateKey);
      if (opened === echo_message) {
        return good('own-key', 'WECHAT_CERT_KEY opens what WeChat encrypts for us');
      }
    } catch (error) {
      if (!(error instanceof DecryptError)) throw error;
    }
    return bad('own-key', 'WECHAT_CERT_KEY does not open what WeChat encrypts for us');
  }

  private noticeFindings(heard: Heard): WechatFinding[] {
    if (heard === 'heard') {
      return [
        good('api-key', 'WECHAT_V3_KEY opens a notice of WeChat'),
        good('notify-url', 'a test notice has arrived'),
      ];
    }
    if (heard === 'garbled') {
      return [
        bad(
          'api-key',
          'WECHAT_V3_KEY does not open a notice of WeChat: is it the APIv3 key of this merchant?',
        ),
        good('notify-url', 'a notice has arrived'),
      ];
    }
    const isOpened = this.connection.keys.certificateCount > 0;
    return [
      isOpened
        ? good('api-key', "WECHAT_V3_KEY opens WeChat's certificates")
        : unproved('api-key', 'only a notice that arrives proves WECHAT_V3_KEY'),
      unproved(
        'notify-url',
        `no test notice has come to this process: can WeChat reach ${this.notifyUrl}?`,
      ),
    ];
  }

  /** WeChat's words are for people: nothing but these sentences depends on them. */
  private whyRefused({ headers, body }: Answered): string {
    const { serial_no, mch_id } = this.connection.merchant;
    const json = readJson(body) ?? {};
    const message = foreignWords(json.message);
    const theirSeconds = Date.parse(String(headers.date ?? '')) / 1_000;
    const cause = /timestamp/.test(message)
      ? clockWords(this.offSeconds(theirSeconds))
      : /序列号|证书/.test(message)
        ? `${serial_no} is no valid certificate of the merchant ${mch_id}: look at WECHAT_CERT`
        : /APIv3密钥/.test(message)
          ? 'set an APIv3 key on the merchant platform first'
          : 'are WECHAT_CERT and WECHAT_CERT_KEY those of the merchant WECHAT_MCH_ID?';
    return `WeChat refuses our signature: ${cause} (${foreignWords(json.code)} ${message})`;
  }

  private whyNotBelieved({ status, headers }: Answered, refusal: RingRefusal): WechatFinding {
    const serial = foreignWords(headers['wechatpay-serial'], 64);
    if (!serial) {
      return bad('answer-key', `an answer (HTTP ${status}) is not signed: does WeChat give it?`);
    }
    const off = this.offSeconds(headers['wechatpay-timestamp']);
    if (Math.abs(off) > clockOffSecondsMax) return bad('clock', clockWords(off));
    if (refusal.probe) {
      const says = 'WeChat has only tested whether a wrong signature is noticed here: check again';
      return unknown('answer-key', says);
    }
    const { publicKey } = this.connection.merchant;
    const { trouble } = this.connection.keys;
    if (trouble?.includes('WECHAT_V3_KEY')) return bad('api-key', trouble);
    // What names no variable is no fault of the configuration.
    if (refusal.undecided && !trouble?.includes('WECHAT_')) {
      const why = trouble ?? 'they are still being fetched';
      return unknown('answer-key', `WeChat's certificates are not here: ${why}`);
    }
    const cure = !publicKey
      ? `WeChat's certificates: ${trouble ?? 'the one that signed is not among them'}`
      : serial === publicKey.id
        ? 'WECHAT_PUBLIC_KEY is not the key with this id: download it again'
        : `WECHAT_PUBLIC_KEY_ID is ${publicKey.id}: is that the key of another merchant?`;
    return bad('answer-key', `the answer is not believed: ${wordsOf(refusal)}; ${cure}`);
  }

  /** How far our clock is ahead of theirs; NaN if theirs is not known. */
  private offSeconds(theirSeconds: unknown): number {
    return Math.round(this.connection.now() / 1_000) - Number(theirSeconds);
  }
}

function clockWords(offSeconds: number): string {
  if (Number.isNaN(offSeconds)) return 'the clock of this machine is wrong';
  const side = offSeconds > 0 ? 'ahead of' : 'behind';
  return `the clock of this machine is ${Math.abs(offSeconds)} s ${side} WeChat's`;
}

const finding = (is: WechatFinding['is']) => (about: About, says: string) =>
  ({ dialect: 'v3', about, is, says }) as const;
const good = finding('good');
const bad = finding('bad');
const unproved = finding('unproved');
const unknown = finding('unknown');
