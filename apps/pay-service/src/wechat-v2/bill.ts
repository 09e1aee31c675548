import { BillFile } from '../bill/bill-file';
import { foreignWords } from '../foreign-words';
import { unknown } from '../unknown';
import type { BillVerdict } from '../wechat-channel';
import type { HttpAnswer } from '../wechat-http';
import { XmlError, xmlToMap } from './xml';

/** As much as an answer in XML may have. */
const xmlBytesMax = 65_536;

/** WeChat's words, in lower case, for what it says "not now" by. */
const undecided = ['systemerror', 'compressgzip error', 'uncompressgzip error'];

/** downloadbill answers with the file, or with XML that says no. It signs neither. */
export function billVerdictOf(answer: HttpAnswer<Uint8Array[]>): BillVerdict {
  if (answer.status === null) return unknown(answer.reason);
  if (answer.status !== 200) return unknown(`HTTP ${answer.status}`);
  const file = new BillFile(answer.body);
  const head = file.head(xmlBytesMax);
  // A file begins with a byte order mark, or is zipped.
  return head.toString('latin1', 0, 1) === '<'
    ? refusalOf(head)
    : { outcome: 'success', file, bill_hash: null };
}

function refusalOf(body: Uint8Array): BillVerdict {
  let fields: ReadonlyMap<string, string>;
  try {
    fields = xmlToMap(body);
  } catch (error) {
    if (error instanceof XmlError) return unknown(`unreadable answer: ${error.message}`);
    throw error;
  }
  const words = foreignWords(fields.get('return_msg'));
  const said = words.toLowerCase();
  if (fields.get('return_code') !== 'FAIL') return unknown('neither a file nor a refusal');
  if (said === 'no bill exist') return { outcome: 'none' };
  if (said === 'bill creating') return { outcome: 'creating' };
  if (undecided.includes(said)) return unknown(words);
  const err_code = foreignWords(fields.get('error_code'), errCodeCharsMax);
  return { outcome: 'no', err_code, err_code_des: words };
}

const errCodeCharsMax = 32;
