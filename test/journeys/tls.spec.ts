import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ServiceProcess } from '../support/processes';
import { TestCa, TlsFolder } from '../support/rpc-tls';
import { System } from '../support/system';
import { until } from '../support/until';

describe('services that speak TLS with each other', () => {
  let system: System;
  before(async () => {
    const links = ['gateway>order', 'order>pay'] as const;
    system = await System.start({ stores: 'sqlite', tls: true, links });
  });
  after(() => system?.stop());

  const sells = async () => {
    const shopper = await system.shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    const waiting = shopper.queryPayStatus(out_trade_no);
    await system.sandbox.pay(code_url);
    assert.deepEqual(await waiting, { success: true, message: '支付成功' });
    const [payment] = (await shopper.payments()).payments;
    assert.equal(payment?.out_trade_no, out_trade_no);
  };
  const ours = () => [system.pay, system.order, system.gateway];

  it('sell, give out lists, and notice a connection that leads nowhere', async () => {
    await sells();
    for (const link of ['gateway>order', 'order>pay'] as const) {
      system.link(link).silence();
      await until('it sells again', () => sells().then(() => true));
      system.link(link).heal();
    }
  });

  it('take new certificates without a restart', async () => {
    const pids = ours().map(({ pid }) => pid);
    const shopper = await system.shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    for (const { app } of ours()) system.tls?.of(app).put(system.tls.ca.identity());
    await until('all have read their files', () =>
      ours().every(({ log }) => log.some((line) => line.includes('RPC_TLS_* are read again'))),
    );
    await system.sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    await sells();
    assert.deepEqual(
      ours().map(({ pid }) => pid),
      pids,
    );
    await system.pay.killAndRestart();
    await sells();
  });

  it('do not begin with what does not fit, or where strangers could call without TLS', async () => {
    const others = new TlsFolder(new TestCa('another one').identity()).env;
    const { RPC_TLS_CA } = others;
    const begin = async (env: object) => {
      const service = new ServiceProcess('pay-service', { ...system.pay.env, ...env });
      const { code, said } = await service.startInVain();
      assert.equal(code, 1);
      return said;
    };
    const unsigned = await begin({ RPC_TLS_CA });
    assert.match(unsigned, /^pay-service: The configuration is wrong:\n {2}RPC_TLS_CERT: must be/);
    const plain = { RPC_TLS_CA: '', RPC_TLS_CERT: '', RPC_TLS_KEY: '' };
    const rule = 'must be a loopback or private address, or RPC_TLS_CA';
    const everywhere = await begin({ ...plain, PAY_RPC_LISTEN: 'tcp://0.0.0.0:9000' });
    assert.match(everywhere, new RegExp(`^  PAY_RPC_LISTEN: ${rule}`, 'm'));
    // The system reads it as 8.8.8.8, which is known no earlier than when it listens.
    const named = await begin({ ...plain, PAY_RPC_LISTEN: 'tcp://134744072:9000' });
    assert.match(named, new RegExp(`^pay-service: RPC cannot listen at .*8.8.8.8.*${rule}`, 'm'));
  });
});
