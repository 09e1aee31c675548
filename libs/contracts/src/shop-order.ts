import { z } from 'zod';
import { cleaned } from './person-text';
import { Text } from './values';
import { sentence } from './words';

/** What a shop says of an order of its own when it opens a payment for it. */

const noOrderNo = sentence(
  'Must have 1 to 64 characters, none of them invisible, and neither begin nor end with a blank.',
  '应为 1 到 64 个字符，不能有看不见的字符，首尾不能是空格。',
);

/** A blank that nobody sees at its end would make it the number of another order. */
export const MerchantOrderNo = z
  .string()
  .regex(/^(?!\p{Z})(?!.*\p{Z}$)\P{C}{1,64}$/su, noOrderNo)
  .meta({
    id: 'MerchantOrderNo',
    description:
      "The shop's own number of the order, compared character by character: 1 to 64 characters, " +
      'of which neither the first nor the last is a blank.',
    examples: ['A-2026-000042'],
  });

const bodyBytesMax = 127;
const noBody = sentence(
  `Must have 1 to ${bodyBytesMax} bytes in UTF-8, and not only blanks.`,
  `应为 1 到 ${bodyBytesMax} 字节（UTF-8），不能只有空格。`,
);

/** A shop makes it of what people typed, the names of its goods for instance. */
export const PaymentBody = z
  .string()
  .overwrite(cleaned)
  .refine((text) => text !== '', noBody)
  .refine((text) => new TextEncoder().encode(text).length <= bodyBytesMax, noBody)
  .meta({
    id: 'PaymentBody',
    description:
      'What the payer reads: on the page and in WeChat, which shows neither emoji nor other ' +
      'characters of four bytes. 1 to 127 bytes in UTF-8, once line feeds are blanks, and what ' +
      'is invisible is gone.',
    minLength: 1,
    maxLength: bodyBytesMax,
    examples: ['两张电影票'],
  });

const metadataEntriesMax = 20;
const keyCharactersMax = 40;
const valueCharactersMax = 500;

/** Characters, at most so many, none of which a database or a line of a log cannot hold. */
const Value = z
  .string()
  .regex(
    new RegExp(`^[^\\p{Cc}\\p{Cs}]{0,${valueCharactersMax}}$`, 'u'),
    sentence(
      `Must have at most ${valueCharactersMax} characters, no control characters.`,
      `不能超过 ${valueCharactersMax} 个字符，不能有控制字符。`,
    ),
  );

export const Metadata = z
  .record(Text(keyCharactersMax), Value)
  .refine(
    (entries) => Object.keys(entries).length <= metadataEntriesMax,
    sentence(`Must have at most ${metadataEntriesMax} members.`, `最多 ${metadataEntriesMax} 项。`),
  )
  .meta({
    id: 'Metadata',
    description:
      'What the shop wants to be told again: a flat object of at most 20 texts, keys of 1 to 40 ' +
      'characters, values of at most 500. An empty one is as good as none. ' +
      'The payer never sees it.',
    examples: [{ table: '7' }],
  });

const urlCharactersMax = 500;
const loopback = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/;

/** Whether a payer may be led there: nothing but the web, and no name or password in it. */
function isReturnUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

export const ReturnUrl = Text(urlCharactersMax)
  .refine(
    isReturnUrl,
    sentence(
      'Must be an https address without user and password.',
      '应为 https 地址，不能带用户名和密码。',
    ),
  )
  .meta({
    id: 'ReturnUrl',
    description:
      'Where the page leads the payer once it is paid or closed: https, at most 500 characters; ' +
      'http only for this machine. `out_trade_no` and `merchant_order_no` are added to its query.',
    examples: ['https://shop.example.com/thanks'],
  });
