import type { Sandbox } from './sandbox';
import { paidIn, sealedNotice } from './true-notice';

/** One notice of APIv3 that must not be believed, and why our log says that it was not. */
export interface Hostile {
  readonly body: string | Buffer;
  /** A header with several values is sent several times. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly reason: string;
}

type Money = { readonly out_trade_no: string; readonly total_fee: number };

const hourMs = 3_600_000;
const malformed = 'missing or malformed members';
const unopened = 'is WECHAT_V3_KEY the APIv3 key of this merchant?';

type Contents = Record<string, [body: string, reason: string]>;
type Paid = Readonly<Record<string, unknown>>;

const saying = (paid: Paid, change: object) => sealedNotice({ ...paid, ...change });

/** Amounts that are none, under WeChat's true signature. */
function wrongAmounts(paid: Paid): Contents {
  const amount = paid.amount as object;
  const money = (change: object) => saying(paid, { amount: { ...amount, ...change } });
  return {
    'an amount as text': [money({ total: '6810' }), malformed],
    'an amount of half a fen': [money({ total: 6810.5 }), malformed],
    'a negative amount': [money({ total: -6810 }), malformed],
    'an endless amount': [
      sealedNotice(JSON.stringify(paid).replace('"total":6810', '"total":1e400')),
      malformed,
    ],
    'an amount that is a list': [money({ total: [6810] }), malformed],
    'amounts that are a list': [saying(paid, { amount: [{ total: 6810 }] }), malformed],
    'no amount': [saying(paid, { amount: null }), malformed],
    'a currency that is no text': [money({ currency: 0 }), malformed],
  };
}

/** News for others, about others, or of nothing that could be. */
function wrongNews(paid: Paid): Contents {
  return {
    'another merchant': [saying(paid, { mchid: '1900000000' }), 'another mchid'],
    'a merchant that is a number': [saying(paid, { mchid: Number(paid.mchid) }), 'another mchid'],
    'a sub-merchant of ours': [
      saying(paid, { mchid: undefined, sp_mchid: paid.mchid, sub_mchid: '1900000000' }),
      'another mchid',
    ],
    'another app': [saying(paid, { appid: 'wx0000000000000000' }), 'another appid'],
    'the app of a sub-merchant': [
      saying(paid, { appid: undefined, sub_appid: paid.appid }),
      'another appid',
    ],
    'a payment that is not paid': [saying(paid, { trade_state: 'NOTPAY' }), 'about no money'],
    'a state that is a list': [saying(paid, { trade_state: ['SUCCESS'] }), 'about no money'],
    'a time that never was': [
      saying(paid, { success_time: '2026-02-30T09:35:12+08:00' }),
      malformed,
    ],
    'a transaction of two lines': [saying(paid, { transaction_id: '4200\n1' }), malformed],
    'a number in full-width digits': [saying(paid, { out_trade_no: '１２３４５６７' }), malformed],
    'a text inside': [sealedNotice('paid'), 'unreadable: no JSON inside'],
    'a list inside': [sealedNotice([paid]), 'unreadable: no JSON inside'],
    'a refund inside': [saying(paid, { amount: undefined, out_refund_no: '1' }), malformed],
    'a payment that calls itself a refund': [
      sealedNotice(paid, { envelope: { event_type: 'REFUND.SUCCESS' } }),
      'another original_type',
    ],
  };
}

/** What cannot be opened, or is no notice. */
function wrongEnvelopes(paid: Paid): Contents {
  const resource = (change: object) => sealedNotice(paid, { resource: { ...change } });
  const ciphertext = (bytes: (whole: Buffer) => Buffer) => {
    const notice = JSON.parse(sealedNotice(paid));
    const whole = Buffer.from(notice.resource.ciphertext, 'base64');
    notice.resource.ciphertext = bytes(whole).toString('base64');
    return JSON.stringify(notice);
  };
  return {
    'another type inside': [resource({ original_type: 'refund' }), 'another original_type'],
    'no type inside': [resource({ original_type: undefined }), malformed],
    'another algorithm': [resource({ algorithm: 'AEAD_SM4_GCM' }), malformed],
    'other associated data': [resource({ associated_data: '' }), `does not decrypt: ${unopened}`],
    'huge associated data': [
      resource({ associated_data: 'x'.repeat(50_000) }),
      `does not decrypt: ${unopened}`,
    ],
    'associated data that are an object': [resource({ associated_data: {} }), malformed],
    'a nonce of eleven bytes': [
      resource({ nonce: '12345678901' }),
      `the nonce has not 12 bytes: ${unopened}`,
    ],
    'a nonce of twelve wide letters': [
      resource({ nonce: '一二三四五六七八九十百千' }),
      `the nonce has not 12 bytes: ${unopened}`,
    ],
    'no tag': [ciphertext((whole) => whole.subarray(0, -16)), `does not decrypt: ${unopened}`],
    'nothing but a tag': [
      ciphertext((whole) => whole.subarray(-16)),
      `does not decrypt: ${unopened}`,
    ],
    'half a tag': [
      ciphertext((whole) => whole.subarray(-8)),
      `the ciphertext is not whole: ${unopened}`,
    ],
    'blanks in the ciphertext': [
      sealedNotice(paid).replace('"ciphertext":"', '"ciphertext":" '),
      `the ciphertext is not whole: ${unopened}`,
    ],
    'no resource': ['{"event_type":"TRANSACTION.SUCCESS"}', malformed],
    'no event': ['{}', malformed],
    'a list': ['[]', 'unreadable: no JSON'],
    nothing: ['', 'unreadable: no JSON'],
    'lists in lists': [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'unreadable: no JSON'],
    XML: ['<xml><return_code>SUCCESS</return_code></xml>', 'unreadable: no JSON'],
  };
}

/** Every one of them, about this money; signed by this WeChat just now. */
export async function hostileNotices(
  sandbox: Sandbox,
  fields: Money,
): Promise<Record<string, Hostile>> {
  const paid = paidIn(sandbox, fields);
  const contents = { ...wrongAmounts(paid), ...wrongNews(paid), ...wrongEnvelopes(paid) };
  const hostile: Record<string, Hostile> = {};
  for (const [how, [body, reason]] of Object.entries(contents)) {
    hostile[how] = { body, headers: await sandbox.sign(body), reason };
  }
  const body = sealedNotice(paid);
  const headers = await sandbox.sign(body);
  const bytes = Buffer.from(body);
  const bodies: Record<string, [body: string | Buffer, reason: string]> = {
    'cut off': [bytes.subarray(0, -1), 'wrong signature'],
    'with a byte more': [`${body}\n`, 'wrong signature'],
    'with a mark of its byte order': [`\ufeff${body}`, 'wrong signature'],
    'in bytes that are no text': [Buffer.from([0xff, 0xfe, 0x7b]), 'wrong signature'],
    'another one': [sealedNotice(paid), 'wrong signature'],
  };
  for (const [how, [other, reason]] of Object.entries(bodies)) {
    hostile[how] = { body: other, headers, reason };
  }
  for (const [how, [change, reason]] of Object.entries(headersOf(headers))) {
    const all: Record<string, string | string[] | undefined> = { ...headers, ...change };
    const given = Object.entries(all).filter((each): each is [string, string | string[]] => {
      return each[1] !== undefined;
    });
    hostile[how] = { body, headers: Object.fromEntries(given), reason };
  }
  for (const [how, age_ms] of [
    ['stale', hourMs],
    ['of the future', -hourMs],
  ] as const) {
    const reason = 'our clock and its timestamp are apart';
    hostile[how] = { body, headers: await sandbox.sign(body, age_ms), reason };
  }
  return hostile;
}

type Change = Readonly<Record<string, string | string[] | undefined>>;

/** Headers that are not those of this notice. */
function headersOf(own: Readonly<Record<string, string>>): Record<string, [Change, string]> {
  const name = (word: string) => `Wechatpay-${word}`;
  const of = (word: string) => own[name(word)] ?? '';
  const only = (word: string, value: string | string[] | undefined) => ({ [name(word)]: value });
  const isUnknown = 'signed with a key that is not known here';
  return {
    'without a signature': [only('Signature', undefined), 'not signed'],
    'without a serial': [only('Serial', undefined), 'not signed'],
    'without a nonce': [only('Nonce', undefined), 'not signed'],
    'without a timestamp': [only('Timestamp', undefined), 'not signed'],
    'with an endless nonce': [only('Nonce', 'x'.repeat(2_000)), 'not signed'],
    'with two signatures': [only('Signature', ['AAAA', of('Signature')]), 'wrong signature'],
    'with its signature twice': [
      only('Signature', [of('Signature'), of('Signature')]),
      'wrong signature',
    ],
    'with two serials': [only('Serial', [of('Serial'), of('Serial')]), isUnknown],
    'with two timestamps': [
      only('Timestamp', [of('Timestamp'), of('Timestamp')]),
      'a timestamp that is none',
    ],
    'with two nonces': [only('Nonce', [of('Nonce'), of('Nonce')]), 'wrong signature'],
    'with a serial of other letters': [only('Serial', 'PUB_KEY_ID_é'), isUnknown],
    // The hexadecimal serial of a certificate may be.
    ...(of('Serial').startsWith('PUB_KEY_ID_') && {
      'with a serial in small letters': [only('Serial', of('Serial').toLowerCase()), isUnknown],
    }),
    'with another signature type': [
      only('Signature-Type', 'WECHATPAY2-SM2-WITH-SM3'),
      'another signature type',
    ],
    'with an exponent in its timestamp': [only('Timestamp', '1e9'), 'a timestamp that is none'],
    'with a fraction in its timestamp': [
      only('Timestamp', `${of('Timestamp')}.0`),
      'a timestamp that is none',
    ],
    'with a line break in its nonce, encoded': [
      only('Nonce', `${of('Nonce')}%0a`),
      'wrong signature',
    ],
    'with a signature that is no Base64': [
      only('Signature', `${of('Signature')}!`),
      'wrong signature',
    ],
    'with an empty signature': [only('Signature', ''), 'not signed'],
  };
}
