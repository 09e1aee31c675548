import assert from 'node:assert/strict';
import test from 'node:test';
import { Scene } from '../spec-kit';

test('every address that a page names is served, with its type', async (t) => {
  const scene = await Scene.start(t);
  const types: Record<string, RegExp> = {
    js: /^text\/javascript/,
    css: /^text\/css/,
    svg: /^image\/svg\+xml$/,
    html: /^text\/html/,
  };
  for (const page of ['/', '/pay.html', '/paysuccess.html', '/payfail.html', '/payments.html']) {
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
      assert.equal(answer.status, 200, `${page} names ${path}`);
      const expected = types[path.split('.').at(-1) ?? ''];
      assert.match(answer.headers.get('content-type') ?? '', expected ?? /^$/, path);
    }
  }
});

test('every page has one layout around it, and the bar marks where one is', async (t) => {
  const scene = await Scene.start(t);
  const marked = { '/': '/', '/payments.html': '/payments.html', '/pay.html': undefined };
  for (const [page, address] of Object.entries(marked)) {
    const { text } = await scene.ask('GET', page);
    assert.match(text, /^<!doctype html>\n<html lang="zh-CN">/);
    for (const once of ['<title>', '<nav', '<main', '</main>', '</html>']) {
      assert.equal(text.split(once).length, 2, `${page} has ${once} once`);
    }
    assert.equal(/href="([^"]+)" aria-current="page"/.exec(text)?.[1], address);
  }
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

test('a copy that still holds is not sent again', async (t) => {
  const scene = await Scene.start(t);
  const first = await scene.ask('GET', '/plugins/qrious.min.js');
  assert.match(first.text, /QRious/);
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
  const second = await scene.ask('GET', '/plugins/qrious.min.js', { headers });
  assert.deepEqual([second.status, second.text], [304, '']);
});

test('no path leads out of the storefront', async (t) => {
  const scene = await Scene.start(t);
  const paths = ['/../package.json', '/..%2f..%2fpackage.json', '/js/../../src/config.ts'];
  for (const path of [...paths, '/js', '/js/', '/%2e%2e/src/main.ts', '/index.html%00.js']) {
    assert.ok([400, 404].includes((await scene.ask('GET', path)).status), path);
  }
});

test('the phone is offered in a demo with a sandbox, and never with the real WeChat', async (t) => {
  const sandboxIn = async (env: Record<string, string>) => {
    const scene = await Scene.start(t, {}, env);
    const { text } = await scene.ask('GET', '/pay.html');
    return /<meta name="sandbox" content="([^"]*)" \/>/.exec(text)?.[1];
  };
  const WECHAT_API_URL = 'http://127.0.0.1:9100/';
  assert.equal(await sandboxIn({ DEMO: 'true', WECHAT_API_URL }), 'http://127.0.0.1:9100');
  assert.equal(await sandboxIn({ WECHAT_API_URL }), '');
  assert.equal(await sandboxIn({ DEMO: 'true' }), '');
  const real = 'https://api.mch.weixin.qq.com';
  assert.equal(await sandboxIn({ DEMO: 'true', WECHAT_API_URL: real }), '');
});
