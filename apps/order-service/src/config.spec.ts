import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { MigrationConfig, OrderConfig } from './config';

const ca = join(process.cwd(), 'test/vectors/certificates/ca.pem');
const server = 'mysql://user:s3cret@db.example:3306/saoma';

/** The variables that this environment gets wrong. */
function wrong(
  env: Record<string, string>,
  Config: new (env: Record<string, string>) => unknown = OrderConfig,
) {
  try {
    new Config(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.doesNotMatch(error.message, /s3cret/);
    return [...error.message.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
  }
}

describe('the address of the database', () => {
  test('has no parameter but a mode of TLS, whatever the client would make of it', () => {
    const refused = [
      ...['ssl=true', 'ssl-mode=required', 'ssl-mode=PREFERRED', 'ssl-mode=', 'sslmode=REQUIRED'],
      ...['ssl-mode=REQUIRED&ssl-mode=REQUIRED', 'ssl-mode=REQUIRED&timezone=Z', 'flags=-SSL', 'a'],
    ];
    for (const Config of [OrderConfig, MigrationConfig]) {
      for (const query of refused) {
        assert.deepEqual(wrong({ DATABASE_URL: `${server}?${query}` }, Config), ['DATABASE_URL']);
      }
    }
    const others = [
      `${server}#a`,
      `${server}/b`,
      'mysql://db.example',
      'sqlite:a?mode=ro',
      'sqlite:',
    ];
    for (const address of others)
      assert.deepEqual(wrong({ DATABASE_URL: address }), ['DATABASE_URL']);
    for (const address of [server, `${server}?`, `${server}?ssl-mode=REQUIRED`, 'sqlite:a b.c']) {
      assert.deepEqual(wrong({ DATABASE_URL: address }), [], address);
    }
  });

  test('may name several hosts, each once, the preferred one first', () => {
    const at = (hosts: string) => `mariadb://us,er:s3cret@${hosts}/saoma?ssl-mode=REQUIRED`;
    const named = (hosts: string) => {
      const { DATABASE_URL } = new OrderConfig({ DATABASE_URL: at(hosts) });
      assert.ok(DATABASE_URL.kind === 'mariadb');
      return [DATABASE_URL.url, ...(DATABASE_URL.others ?? [])];
    };
    for (const hosts of [['db1'], ['db1:3307', 'db2', '[::1]:3306', 'db3.example:1']]) {
      assert.deepEqual(named(hosts.join(',')), hosts.map(at));
    }
    const refused = [
      ...[
        'db1,',
        ',db1',
        'db1,,db2',
        'db1, db2',
        'db1,db2:99999',
        'db1:0,db2',
        'db1,db2:a',
        ':1,b',
      ],
      ...['db1,db1', 'db1,db2,DB1', 'db1,db1:3306', 'db1:3306,db1:03306'],
    ];
    for (const hosts of refused) {
      assert.deepEqual(wrong({ DATABASE_URL: at(hosts) }), ['DATABASE_URL'], hosts);
    }
  });

  test('is given a CA where one is of use, and only there', () => {
    for (const mode of ['VERIFY_CA', 'VERIFY_IDENTITY']) {
      const DATABASE_URL = `${server}?ssl-mode=${mode}`;
      assert.deepEqual(wrong({ DATABASE_URL }), ['DATABASE_CA']);
      assert.deepEqual(wrong({ DATABASE_URL, DATABASE_CA: __filename }), ['DATABASE_CA']);
      assert.deepEqual(wrong({ DATABASE_URL, DATABASE_CA: ca }), []);
    }
    for (const DATABASE_URL of [server, 'sqlite:a']) {
      assert.deepEqual(wrong({ DATABASE_URL, DATABASE_CA: ca }), ['DATABASE_CA']);
    }
  });
});

test('the address of Redis has no parameter, and its prefix no blanks', () => {
  const redis = 'redis://user:s3cret@redis.example:6379';
  for (const more of ['?db=1', '/0?family=6', '/?tls=1', '/a', '/0/1', '#a']) {
    assert.deepEqual(wrong({ REDIS_URL: redis + more }), ['REDIS_URL'], more);
  }
  for (const more of ['', '/', '/1', '?']) assert.deepEqual(wrong({ REDIS_URL: redis + more }), []);
  assert.deepEqual(wrong({ REDIS_URL: redis.replace('redis', 'rediss') }), []);
  const sentinels = 'redis+sentinel://user:s3cret@a.example:26379,[::1],10.0.0.3:26380/shop';
  for (const address of [
    ...[
      sentinels.replace('/shop', ''),
      `${sentinels}/a`,
      `${sentinels}?role=slave`,
      `${sentinels},b`,
    ],
    ...[sentinels.replace(',', ',,'), sentinels.replace('26380', '99999'), `${sentinels}/0/1`],
    ...['redis://a,b', 'redis+sentinel:///shop', 'redis+sentinels://a/shop', 'redis://a,/0'],
  ]) {
    assert.deepEqual(wrong({ REDIS_URL: address }), ['REDIS_URL'], address);
  }
  for (const address of [sentinels, `rediss${sentinels.slice(5)}/1`]) {
    assert.deepEqual(wrong({ REDIS_URL: address }), [], address);
  }
  assert.deepEqual(wrong({ REDIS_PREFIX: 'a b' }), ['REDIS_PREFIX']);
  assert.deepEqual(wrong({ REDIS_PREFIX: '{saoma}:' }), []);
});

test('an address of sentinels names them, what they know, and who asks', () => {
  const url = 'rediss+sentinel://us%40er:p%2Cw@a.example:26380,[::1],10.0.0.3/shop.1/2';
  assert.deepEqual(new OrderConfig({ REDIS_URL: url }).REDIS_URL, {
    hosts: [
      { host: 'a.example', port: 26_380 },
      { host: '::1', port: 26_379 },
      { host: '10.0.0.3', port: 26_379 },
    ],
    name: 'shop.1',
    username: 'us@er',
    password: 'p,w',
    db: 2,
    isEncrypted: true,
  });
});

test('messages are signed with one secret, or with two while it is changed', () => {
  const SHOP_WEBHOOK_URL = 'https://shop.example/hook';
  const [one, two, three] = ['a', 'b', 'c'].map(
    (letter) => `whsec_${Buffer.alloc(24, letter).toString('base64')}`,
  );
  const bad = (SHOP_WEBHOOK_SECRET: string) => wrong({ SHOP_WEBHOOK_URL, SHOP_WEBHOOK_SECRET });
  for (const good of [`${one}`, `${one} ${two}`, `${one}\n${two}\n`])
    assert.deepEqual(bad(good), []);
  for (const text of ['whsec_', `${one}x y`, `${one} ${two} ${three}`, `${one},${two}`, ' ']) {
    assert.deepEqual(bad(text), ['SHOP_WEBHOOK_SECRET'], text);
  }
});
