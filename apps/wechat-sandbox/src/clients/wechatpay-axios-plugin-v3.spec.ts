import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import type { PlatformMode } from '../merchant';
import {
  aV3Sandbox,
  aV3Shop,
  type Heard,
  v3Merchant as merchant,
  platformKeys,
  vectors,
} from '../v3/spec-kit';

const out_trade_no = 'T20260930-0001';
const { mch_id: mchid, appid, v3_key } = merchant;

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly data: any;
}
/** The function that its chain of names ends in. */
interface Client {
  request(path: string, ...how: [method: string, data?: object, config?: object]): Promise<Answer>;
}

/** wechatpay-axios-plugin as it is, but for the address; it verifies each answer by these keys. */
async function aClient(t: Parameters<typeof aV3Sandbox>[0], platformMode: PlatformMode) {
  const kit = await aV3Sandbox(t, { platformMode });
  const shop = await aV3Shop(t);
  const keys = await platformKeys(kit);
  const { client } = new Wechatpay({
    mchid,
    serial: vectors.keys.merchant.serial,
    privateKey: vectors.keys.merchant.privateKey,
    certs: Object.fromEntries(keys),
    baseURL: `${kit.url}/`,
    proxy: false,
  }) as unknown as { client: Client };
  return { kit, shop, keys, client };
}

/** What a notice tells, verified and decrypted by the client's own functions. */
function read(told: Heard | undefined, keys: ReadonlyMap<string, string>) {
  assert.ok(told);
  const of = (name: string) => String(told.headers[`wechatpay-${name}`]);
  const message = Formatter.response(of('timestamp'), of('nonce'), told.body);
  assert.ok(Rsa.verify(message, of('signature'), keys.get(of('serial')) ?? ''));
  const { event_type, resource } = JSON.parse(told.body);
  const { ciphertext, nonce, associated_data } = resource;
  return {
    event_type,
    plain: JSON.parse(Aes.AesGcm.decrypt(ciphertext, v3_key, nonce, associated_data)),
  };
}

const named = `v3/pay/transactions/out-trade-no/${out_trade_no}`;
const query = { params: { mchid } };

for (const mode of ['public-key', 'certificate'] as const) {
  test(`wechatpay-axios-plugin 0.9.6 does every operation of v3, ${mode}`, async (t) => {
    const { kit, shop, keys, client } = await aClient(t, mode);
    const created = await client.request('v3/pay/transactions/native', 'post', {
      appid,
      mchid,
      description: '测试 <商品> & 更多',
      out_trade_no,
      notify_url: `${shop.url}/notify`,
      amount: { total: 101 },
    });
    const { transaction_id } = await kit.control.pay({ code_url: created.data.code_url });
    await kit.control.advance(0);
    const paid = await client.request(named, 'get', undefined, query);
    const byId = `v3/pay/transactions/id/${transaction_id}`;
    assert.deepEqual((await client.request(byId, 'get', undefined, query)).data, paid.data);
    const notice = read(shop.heard[0], keys);
    assert.deepEqual(
      [paid.data.trade_state, notice.event_type, notice.plain.transaction_id],
      ['SUCCESS', 'TRANSACTION.SUCCESS', transaction_id],
    );

    await client.request('v3/refund/domestic/refunds', 'post', {
      out_trade_no,
      out_refund_no: 'R-1',
      notify_url: `${shop.url}/refunded`,
      amount: { refund: 40, total: 101, currency: 'CNY' },
    });
    await kit.control.advance(3_000);
    const refund = await client.request('v3/refund/domestic/refunds/R-1', 'get');
    const told = read(shop.heard[1], keys);
    assert.deepEqual(
      [refund.data.status, told.event_type, told.plain.refund_id],
      ['SUCCESS', 'REFUND.SUCCESS', refund.data.refund_id],
    );
    await hearsEcho({ shop, keys, client }, () => kit.control.advance(0));
    await downloads(kit, client);
  });
}

/** What it encrypts for WeChat comes back encrypted for it, in the answer and in a notice. */
async function hearsEcho(
  { shop, keys, client }: Omit<Awaited<ReturnType<typeof aClient>>, 'kit'>,
  notices: () => Promise<unknown>,
) {
  const [[serial = '', key = ''] = []] = [...keys];
  const message = {
    notify_url: `${shop.url}/echo`,
    echo_message: 'hello',
    encrypted_echo_message: Rsa.encrypt('秘密', key),
  };
  const headers = { 'Wechatpay-Serial': serial };
  const { data } = await client.request('v3/security/echo', 'post', message, { headers });
  const open = (text: string) => Rsa.decrypt(text, vectors.keys.merchant.privateKey);
  assert.deepEqual([data.echo_message, open(data.encrypted_echo_message)], ['hello', '秘密']);
  await notices();
  const told = read(shop.heard[2], keys);
  assert.equal(told.event_type, 'SECURITY_ECHO.SUCCESS');
  assert.deepEqual(
    [told.plain.echo_message, open(told.plain.encrypt_echo_message)],
    ['hello', '秘密'],
  );
}

/** Both bills, each by its ticket. */
async function downloads(kit: Awaited<ReturnType<typeof aV3Sandbox>>, client: Client) {
  await kit.control.advance(24 * 3_600_000);
  for (const name of ['tradebill', 'fundflowbill']) {
    const params = { bill_date: '2026-09-30' };
    const ticket = (await client.request(`v3/bill/${name}`, 'get', undefined, { params })).data;
    const { pathname, searchParams } = new URL(ticket.download_url);
    const file = await client.request(pathname.slice(1), 'get', undefined, {
      params: Object.fromEntries(searchParams),
      responseType: 'arraybuffer',
      transformResponse: [],
    });
    assert.equal(createHash('sha1').update(file.data).digest('hex'), ticket.hash_value);
    const { rows } = Formatter.castCsvBill(file.data) as { rows: Record<string, string>[] };
    assert.equal(rows.length, name === 'tradebill' ? 2 : 3);
  }
}

test('wechatpay-axios-plugin 0.9.6 fetches certificates, closes, and refuses', async (t) => {
  const { kit, client } = await aClient(t, 'both');
  const { data } = (await client.request('v3/certificates', 'get')).data;
  const { ciphertext, nonce, associated_data } = data[0].encrypt_certificate;
  const pem = Aes.AesGcm.decrypt(ciphertext, v3_key, nonce, associated_data);
  assert.match(pem, /^-----BEGIN CERTIFICATE-----/);
  assert.equal((await client.request(`${named}/close`, 'post', { mchid })).status, 204);
  const lost = client.request(named, 'get', undefined, query);
  await assert.rejects(lost, { status: 404 });
  // It sends these characters as they are.
  const special = client.request(`${named}|*_-`, 'get', undefined, query);
  await assert.rejects(special, ({ response }: { response?: Answer }) => {
    return response?.data.code === 'ORDER_NOT_EXIST';
  });
  const refusals = {
    wrong_sign: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
    tampered: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
    unknown_serial: 'EV3_RES_HEADER_PLATFORM_SERIAL',
    missing_header: 'EV3_RES_HEADERS_INCOMPLATE',
    stale: 'EV3_RES_HEADER_TIMESTAMP_OFFSET',
  } as const;
  for (const [kind, code] of Object.entries(refusals)) {
    await kit.control.fault({ kind } as Parameters<typeof kit.control.fault>[0]);
    await assert.rejects(client.request('v3/certificates', 'get'), { code });
  }
});
