import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GatewayConfig } from '../../apps/cart-gateway/src/config';
import { textOf } from '../../scripts/docs/source-words';
import { temporaryFolder } from '../support/folders';
import { hasOpenssl } from '../support/machine';

if (hasOpenssl) {
  test('the page’s lines make a CA, and for each service a certificate of its name', () => {
    const [, lines = ''] =
      /^```sh\n(umask[^`]*openssl req -x509[^`]*)```$/m.exec(textOf('docs/going-live.md')) ?? [];
    assert.ok(lines);
    const cwd = temporaryFolder('openssl');
    execFileSync('sh', ['-e', '-c', lines], { cwd, stdio: 'pipe' });
    for (const service of ['cart-gateway', 'order-service', 'pay-service']) {
      const [cert, key] = ['pem', 'key'].map((kind) => join(cwd, `${service}.${kind}`));
      const env = { RPC_TLS_CA: join(cwd, 'ca.pem'), RPC_TLS_CERT: cert, RPC_TLS_KEY: key };
      assert.ok(new GatewayConfig({ DEMO: 'true', ...env }).tls);
      const certificate = new X509Certificate(readFileSync(cert ?? ''));
      assert.equal(certificate.checkHost(service), service);
      assert.equal(certificate.checkHost('cart-gateway') !== undefined, service === 'cart-gateway');
    }
  });
}
