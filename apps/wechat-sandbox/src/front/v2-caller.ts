import { randomBytes } from 'node:crypto';
import type { V2CallName } from '../call-name';
import type { CallFault } from '../faults/fault';
import type { Parcel } from '../faults/send';
import type { Sandbox } from '../sandbox';
import { type Answer, writeAnswer } from '../v2/answer';
import type { BillFile } from '../v2/downloadbill';
import { nos } from '../v2/no';
import type { Fields } from '../v2/xml';
import { aboutOf } from './about';
import type { Caller } from './front';

export type V2Told = Answer | BillFile;

/** A call of v2: its elements were readable, and nothing else is known of it yet. */
export function v2Caller(name: V2CallName, fields: Fields, sandbox: Sandbox): Caller<V2Told> {
  const { v2Desk: desk, book } = sandbox;
  const named = {
    mch_id: fields.get('mch_id') ?? '',
    out_trade_no: fields.get('out_trade_no'),
    transaction_id: fields.get('transaction_id'),
    out_refund_no: fields.get('out_refund_no'),
  };
  return {
    api: 'v2',
    name,
    about: aboutOf(named, book),
    serve: () => desk.serve(name, fields),
    refuse(fault) {
      const { err_code, err_code_des } = fault.kind === 'err_code' ? fault : nos.system;
      return desk.refuse(name, fields, { err_code, err_code_des });
    },
    write: (told, fault) =>
      textParcel('file' in told ? spoiltFile(told.file, fault) : writeSpoilt(told, fault)),
    isToMerchant: (told) => 'visit' in told && told.visit !== undefined,
  };
}

/** What WeChat itself says: all of it is plain text to HTTP. */
export const textParcel = (text: string | Buffer): Parcel => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain' },
  body: Buffer.from(text),
});

/** A bill has no signature and no elements: it can only end too early. */
const spoiltFile = (file: Buffer, fault: CallFault | undefined): Buffer =>
  fault?.kind === 'truncated' ? file.subarray(0, Math.floor(file.length / 2)) : file;

/** Writes an answer, spoilt where the fault says so. */
function writeSpoilt(answer: Answer, fault: CallFault | undefined): string {
  const xml = writeAnswer(answer);
  switch (fault?.kind) {
    case 'truncated':
      return xml.slice(0, Math.floor(xml.length / 2));
    case 'malformed':
      return xml.replace('</return_code>', '</return_cod>&<');
    case 'wrong_sign':
      return xml.replace(/(<sign><!\[CDATA\[)([0-9A-F]+)/, (_, tag: string, sign: string) => {
        const other = randomBytes(sign.length / 2)
          .toString('hex')
          .toUpperCase();
        return `${tag}${other}`;
      });
    case 'missing_sign':
      return withoutSign(xml);
    case 'err_code':
      return fault.signed ? xml : withoutSign(xml);
    default:
      return xml;
  }
}

const withoutSign = (xml: string): string => xml.replace(/<sign>.*<\/sign>\n?/, '');
