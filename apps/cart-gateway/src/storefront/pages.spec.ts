import assert from 'node:assert/strict';
import test from 'node:test';
import { Scene } from '../spec-kit';

const pages = [
  ...['/', '/pay.html', '/paysuccess.html', '/payfail.html', '/payments.html', '/orders.html'],
];
const consolePages = [
  ...['/console/', '/console/payments.html', '/console/payment.html', '/console/messages.html'],
  ...['/console/today.html', '/console/check.html', '/console/reconciliation.html'],
  '/console/reconciliation-day.html',
];

test('every address that a page names is served, with its type', async (t) => {
  const scene = await Scene.start(t);
  const types: Record<string, RegExp> = {
    js: /^text\/javascript/,
    css: /^text\/css/,
    svg: /^image\/svg\+xml$/,
    html: /^text\/html/,
  };
  for (const page of [...pages, ...consolePages]) {
    const { status, text, headers } = await scene.ask('GET', page);
    assert.equal(status, 200, page);
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
    const named = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(
      ([, address]) => address ?? '',
    );
    assert.ok(named.length > 3, page);
    for (const address of named) {
      const path = new URL(address, scene.url + page).pathname.replace(/\/$/, '/index.html');
      const answer = await scene.ask('GET', path);
      if (path.startsWith('/api/')) {
        assert.equal(answer.status, 401, `${page} names ${path}, whose data is not open`);
        continue;
      }
      assert.equal(answer.status, 200, `${page} names ${path}`);
      const expected = types[path.split('.').at(-1) ?? ''];
      assert.match(answer.headers.get('content-type') ?? '', expected ?? /^$/, path);
    }
  }
});

test('every page has one layout around it, and the bar marks where one is', async (t) => {
  const scene = await Scene.start(t);
  const marked = { '/': '/', '/orders.html': '/orders.html', '/pay.html': undefined };
  for (const [page, address] of Object.entries(marked)) {
    const { text } = await scene.ask('GET', page);
    assert.match(text, /^<!doctype html>\n<html lang="zh-CN">/);
    for (const once of ['<title', '<nav', '<main', '</main>', '</html>']) {
      assert.equal(text.split(once).length, 2, `${page} has ${once} once`);
    }
    assert.equal(/href="([^"]+)" aria-current="page"/.exec(text)?.[1], address);
  }
});

test('the console has a bar of its own, and a shell that is open to everybody', async (t) => {
  const scene = await Scene.start(t);
  for (const page of consolePages) {
    const { status, text, headers } = await scene.ask('GET', page);
    assert.equal(status, 200, page);
    assert.match(text, /<nav>\s*<a href="\/console\/"/, page);
    assert.match(headers.get('content-security-policy') ?? '', /script-src 'self';/, page);
    assert.doesNotMatch(text, /<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?:/, page);
  }
  const { text } = await scene.ask('GET', '/console/payments.html');
  assert.match(text, /href="\/console\/payments.html" aria-current="page"/);
  const bare = await scene.ask('GET', '/console');
  assert.deepEqual([bare.status, bare.headers.get('location')], [308, '/console/']);
  assert.equal((await scene.ask('GET', '/console/index.html')).status, 200);
});

test('a page runs nothing but scripts of ours: no inline code, no foreign host', async (t) => {
  const scene = await Scene.start(t);
  const { headers, text } = await scene.ask('GET', '/pay.html');
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(
    policy,
    /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:/,
  );
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.doesNotMatch(text, /<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?:/);
});

test('pictures may come from hosts that the shop names, on the pages of shoppers', async (t) => {
  const STOREFRONT_IMAGE_HOSTS = 'img.shop.example, cdn.example:8443';
  const scene = await Scene.start(t, {}, { STOREFRONT_IMAGE_HOSTS });
  const sources = async (path: string) => {
    const { headers } = await scene.ask('GET', path);
    return /img-src ([^;]*);/.exec(headers.get('content-security-policy') ?? '')?.[1];
  };
  const all = "'self' data: https://img.shop.example https://cdn.example:8443";
  for (const page of [...pages, '/index.html']) assert.equal(await sources(page), all, page);
  assert.equal(await sources('/console/'), "'self' data:");
});

test('a copy that still holds is not sent again', async (t) => {
  const scene = await Scene.start(t);
  const first = await scene.ask('GET', '/plugins/qrious.min.js');
  assert.match(first.text, /QRious/);
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
  const second = await scene.ask('GET', '/plugins/qrious.min.js', { headers });
  assert.deepEqual([second.status, second.text], [304, '']);
  const etag = headers['if-none-match'];
  const ask = (header: string) =>
    scene.ask('GET', '/plugins/qrious.min.js', { headers: { 'if-none-match': header } });
  for (const header of [`W/${etag}`, `"old", ${etag}`, `"a",W/${etag}`, '*']) {
    assert.equal((await ask(header)).status, 304, header);
  }
  assert.equal((await ask('W/"old", "older"')).status, 200);
});

test('the library that is chosen draws the code, and the other one is not served', async (t) => {
  const plugins = { qrious: '/plugins/qrious.min.js', svg: '/plugins/qrcode.js' };
  for (const [kind, path] of Object.entries(plugins)) {
    const scene = await Scene.start(t, {}, { STOREFRONT_QR: kind });
    const { text } = await scene.ask('GET', '/pay.html');
    assert.deepEqual(
      [...text.matchAll(/\/plugins\/[\w.]+/g)].map(([named]) => named),
      [path],
    );
    const served = Object.values(plugins).map(async (one) => (await scene.ask('GET', one)).status);
    assert.deepEqual(await Promise.all(served), kind === 'qrious' ? [200, 404] : [404, 200]);
  }
  const scene = await Scene.start(t, {}, { STOREFRONT_QR: 'svg' });
  const { text } = await scene.ask('GET', plugins.svg);
  assert.match(text, /^\/\*\nThe MIT License \(MIT\)\n\nCopyright \(c\) 2012 Ryan Day/);
  assert.doesNotMatch(text, /\brequire\(|qrious/i);
});

test('no path leads out of the storefront', async (t) => {
  const scene = await Scene.start(t);
  const paths = ['/../package.json', '/..%2f..%2fpackage.json', '/js/../../src/config.ts'];
  for (const path of [...paths, '/js', '/js/', '/%2e%2e/src/main.ts', '/index.html%00.js']) {
    assert.ok([400, 404].includes((await scene.ask('GET', path)).status), path);
  }
});

const WECHAT_API_URL = 'http://127.0.0.1:9100/';

test('the sandbox and its phone are shown in a demo', async (t) => {
  const sandboxIn = async (env: Record<string, string>) => {
    const scene = await Scene.start(t, {}, env);
    const { text } = await scene.ask('GET', '/pay.html');
    return /id="sandbox" data-address="([^"]*)"/.exec(text)?.[1];
  };
  assert.equal(await sandboxIn({ DEMO: 'true', WECHAT_API_URL }), 'http://127.0.0.1:9100');
  assert.equal(await sandboxIn({ WECHAT_API_URL }), undefined);
  assert.equal(await sandboxIn({ DEMO: 'true' }), undefined);
});

test('without DEMO no page speaks of a demo, and sign-in is where LOGIN_URL says', async (t) => {
  const LOGIN_URL = 'https://id.shop.example/in?for="us"&x=1';
  const scene = await Scene.start(t, {}, { WECHAT_API_URL, LOGIN_URL });
  for (const page of [...pages, ...consolePages]) {
    const { text } = await scene.ask('GET', page);
    assert.doesNotMatch(text, /demo|演示|sandbox|沙箱/i, page);
    assert.match(text, /href="https:\/\/id\.shop\.example\/in\?for=&quot;us&quot;&amp;x=1"/);
  }
  const elsewhere = await Scene.start(t);
  assert.match((await elsewhere.ask('GET', '/')).text, /请在本店的登录页登录/);
});

test('the pay page says what WeChat shows its payer, as text', async (t) => {
  const scene = await Scene.start(t, {}, { WECHAT_BODY: '<b>茶 & 米</b>' });
  const { text } = await scene.ask('GET', '/pay.html');
  assert.match(text, /<b id="wechat-body">&lt;b&gt;茶 &amp; 米&lt;\/b&gt;<\/b>/);
});

test('an unknown address is a page for a browser, and a problem for a program', async (t) => {
  const STOREFRONT_ORIGINS = 'https://shop.example';
  const scene = await Scene.start(t, {}, { STOREFRONT_ORIGINS });
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await scene.ask('GET', '/nothing/here', { headers: { accept } });
  assert.equal(page.status, 404);
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self'/);
  assert.match(page.text, /没有这个页面/);
  assert.equal(page.headers.get('vary'), 'origin, accept-language, accept');
  for (const [path, headers] of [
    ['/nothing/here', { accept: '*/*' }],
    ['/nothing/here', { accept: 'application/json' }],
    ['/api/nothing', { accept }],
    ['/pay/nothing', { accept }],
  ] as const) {
    const problem = await scene.ask('GET', path, { headers });
    assert.equal(problem.status, 404);
    assert.match(problem.headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal((problem.json() as { code: string }).code, 'request/not-found');
  }
  const post = await scene.ask('POST', '/nothing', { headers: { accept } });
  assert.equal(post.status, 404);
});
