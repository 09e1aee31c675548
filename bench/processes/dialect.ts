import { createPrivateKey, sign } from 'node:crypto';
import { createLog } from '@saoma/platform/log';
import { Wechatpay } from 'wechatpay-axios-plugin';
import { PayConfig } from '../../apps/pay-service/src/config';
import { GivenCodes } from '../../apps/pay-service/src/given-codes';
import type { WechatChannel } from '../../apps/pay-service/src/wechat-channel';
import type { WechatHttp } from '../../apps/pay-service/src/wechat-http';
import { WechatV2Channel } from '../../apps/pay-service/src/wechat-v2/channel';
import { WechatV3Channel } from '../../apps/pay-service/src/wechat-v3/channel';
import { Connection } from '../../apps/pay-service/src/wechat-v3/connection';
import { carriesOut } from '../support/carries-out';
import type { Message } from '../support/stub-book';
import { StubV2 } from '../support/stub-v2';
import { StubV3 } from '../support/stub-v3';

// Both clients ask for a code, each as it is used, with an answer in the place of the network: what
// is left is building, signing, verifying and reading.

export interface DialectTask {
  readonly dialect: 'v2' | 'v3';
  /** `signature`: what the one RSA signature of v3 costs alone. */
  readonly who: 'ours' | 'plugin' | 'signature';
  readonly calls: number;
}
export interface DialectDone {
  /** CPU of one call, in microseconds. */
  readonly us: number;
}

const { WECHAT_V3_KEY = '', PLATFORM_KEY = '', WECHAT_KEY = '' } = process.env;
const config = new PayConfig();
const { v2, v3 } = config;
if (!v2 || !v3) throw new Error('the keys of both dialects are needed');
const log = createLog('bench', 'warn');
const { appid, mch_id } = v2;
const publicKey = v3.merchant.publicKey;
if (!publicKey || !config.certificate) throw new Error('v3 needs a certificate and a public key');

const stubMerchant = { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id, WECHAT_KEY, WECHAT_V3_KEY };
const stubKey = { id: publicKey.id, privateKey: createPrivateKey(PLATFORM_KEY) };
const payment = {
  out_trade_no: '1234567890123456789',
  total_fee: 2500,
  create_time: new Date().toISOString(),
  expire_time: new Date(Date.now() + 1_800_000).toISOString(),
  now: new Date().toISOString(),
};

/** WeChat's answer to both clients. */
const answers: Readonly<Record<'v2' | 'v3', Message | undefined>> = {
  v2: new StubV2(stubMerchant, new Map()).answer('/pay/unifiedorder', ''),
  v3: new StubV3(stubMerchant, stubKey, new Map()).answer(
    '/v3/pay/transactions/native',
    JSON.stringify({ ...payment, amount: { total: 2500 }, notify_url: '' }),
  ),
};

function network(dialect: 'v2' | 'v3'): WechatHttp {
  const { headers, body } = answers[dialect] ?? { headers: {}, body: '' };
  const bytes = Buffer.from(body);
  const ask = async () => ({ hosts: ['bench'], status: 200, headers, body: bytes });
  return { ask } as unknown as WechatHttp;
}

const shared = { log, codes: new GivenCodes() };
const channels: Readonly<Record<'v2' | 'v3', WechatChannel>> = {
  v2: new WechatV2Channel(v2, network('v2'), shared),
  v3: new WechatV3Channel(new Connection(v3.merchant, network('v3'), { log }), v3.shop, shared),
};

interface Plugin {
  request(path: string, method: string, data: object): Promise<{ data: { code_url?: string } }>;
}
const privateKey = createPrivateKey(config.certificate.key);
const { client: plugin } = new Wechatpay({
  mchid: mch_id,
  serial: v3.merchant.serial_no,
  privateKey,
  certs: { [publicKey.id]: publicKey.key },
  secret: WECHAT_KEY,
  adapter: async (asked: { url?: string }) => {
    const { headers, body } = answers[asked.url?.startsWith('v3') ? 'v3' : 'v2'] ?? {};
    return { data: body, status: 200, statusText: 'OK', headers, config: asked, request: {} };
  },
} as never) as unknown as { client: Plugin };

/** What the plugin is given is what our own client sends. */
const requests = {
  v2: async () => {
    const { dialect, ...fields } = await channels.v2.prepareNative(payment);
    const more = { sign_type: 'MD5', nonce_str: '0123456789abcdef0123456789abcdef' };
    return plugin.request('v2/pay/unifiedorder', 'post', { ...fields, ...more });
  },
  v3: async () => {
    const { dialect, ...fields } = await channels.v3.prepareNative(payment);
    return plugin.request('v3/pay/transactions/native', 'post', fields);
  },
};

async function call({ dialect, who }: DialectTask): Promise<void> {
  if (who === 'signature') {
    sign('sha256', Buffer.from(JSON.stringify(payment)), privateKey);
    return;
  }
  if (who === 'plugin') {
    const { data } = await requests[dialect]();
    if (!data.code_url) throw new Error(`the plugin got no code: ${JSON.stringify(data)}`);
    return;
  }
  const channel = channels[dialect];
  const verdict = await channel.createNative(await channel.prepareNative(payment));
  if (verdict.outcome !== 'success') throw new Error(`no code: ${JSON.stringify(verdict)}`);
}

async function run(task: DialectTask): Promise<DialectDone> {
  const before = process.cpuUsage();
  for (let count = 0; count < task.calls; count += 1) await call(task);
  const { user, system } = process.cpuUsage(before);
  return { us: (user + system) / task.calls };
}

carriesOut(run);
