import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { DecryptError, decrypt, decryptField, encryptField, type Sealed } from './cipher';
import {
  apiV3Key,
  olderApiV3Key,
  olderVectors,
  privateKeyOf,
  publicKeyOf,
  vector,
  vectors,
} from './v3-spec-kit';

const algorithm = 'AEAD_AES_256_GCM' as const;
const resourceOf = ({ body }: { body: string }): Sealed => JSON.parse(body).resource;
const sealed = resourceOf(vector(vectors.notices, 'transaction-success'));

const refuses = (changed: Partial<Sealed>, key = apiV3Key) =>
  assert.throws(() => decrypt({ ...sealed, ...changed }, key), DecryptError);

test('every notice of the vectors opens to its plain text, byte for byte', () => {
  for (const notice of vectors.notices) {
    assert.equal(decrypt(resourceOf(notice), apiV3Key).toString(), notice.plaintext);
  }
  for (const notice of [olderVectors.txNotify, olderVectors.refundNotify]) {
    assert.equal(decrypt(resourceOf(notice), olderApiV3Key).toString(), notice.plaintext);
  }
});

test('a text of WeChat’s own library opens', () => {
  const text = { algorithm, nonce: 'uluk4a9R25RW', associated_data: 'associatedData' };
  const ciphertext = 'ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=';
  assert.equal(decrypt({ ...text, ciphertext }, olderApiV3Key).toString(), 'message');
});

test('a text whose tag or associated data is another one does not open', () => {
  for (const name of ['notice-tag-broken', 'notice-wrong-aad']) {
    const broken = resourceOf(vector(vectors.mustFail.notices, name));
    assert.throws(() => decrypt(broken, apiV3Key), DecryptError, name);
  }
  refuses({ associated_data: '' });
  refuses({}, createSecretKey(Buffer.alloc(32, 7)));
});

test('a text with any byte changed, or cut anywhere, does not open', () => {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    refuses({ ciphertext: changed.toString('base64') });
    refuses({ ciphertext: bytes.subarray(0, at).toString('base64') });
  }
  for (const ciphertext of ['', '====', `${sealed.ciphertext} `, `*${sealed.ciphertext}`]) {
    refuses({ ciphertext });
  }
});

test('a shorter tag is no tag, even if its bytes are right', () => {
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, sealed.nonce, { authTagLength: 4 });
  const text = Buffer.concat([cipher.update('{}'), cipher.final(), cipher.getAuthTag()]);
  refuses({ ciphertext: text.toString('base64'), associated_data: '' });
});

test('a nonce has exactly 12 bytes', () => {
  for (const nonce of ['', sealed.nonce.slice(1), `${sealed.nonce}0`, '7ca8166153é4é']) {
    refuses({ nonce });
  }
});

test('associated data that is absent is empty', () => {
  const nonce = '0123456789ab';
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce);
  const text = Buffer.concat([cipher.update('text'), cipher.final(), cipher.getAuthTag()]);
  const ciphertext = text.toString('base64');
  const opened = decrypt({ algorithm, nonce, associated_data: '', ciphertext }, apiV3Key);
  assert.equal(opened.toString(), 'text');
});

test('a field goes to the holder of the private key, and to nobody else', () => {
  const { ciphertext, plaintext } = vectors.oaep;
  assert.equal(decryptField(ciphertext, privateKeyOf('wxpub')), plaintext);
  assert.throws(() => decryptField(ciphertext, privateKeyOf('merchant')), DecryptError);
  const field = encryptField('品优购', publicKeyOf('merchant'));
  assert.equal(decryptField(field, privateKeyOf('merchant')), '品优购');
  assert.throws(() => decryptField('AAAA', privateKeyOf('merchant')), DecryptError);
});
