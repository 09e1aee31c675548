import { randomBytes } from 'node:crypto';
import type { No } from '../book/no';
import { nos } from '../book/no';
import type { CallFault } from '../faults/fault';
import type { Parcel } from '../faults/send';
import { type Answer, writeAnswer } from '../v2/answer';

const page = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body bgcolor="white">\r\n` +
  `<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;

const reasons: Record<number, string> = {
  400: '400 Bad Request',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

/** What the server in front of WeChat says for it. */
export const webPage = (status: number, title = reasons[status] ?? `${status} Error`): Parcel => ({
  status,
  type: 'text/html',
  body: Buffer.from(page(title)),
});

/** What WeChat itself says: all of it is plain text to HTTP. */
export const textParcel = (text: string | Buffer): Parcel => ({
  status: 200,
  type: 'text/plain',
  body: Buffer.from(text),
});

/** What a fault puts in place of the true answer; undefined if it is a fault of another sort. */
export function replacement(fault: CallFault): Parcel | No | undefined {
  switch (fault.kind) {
    case 'http_error':
      return webPage(fault.status);
    case 'html':
      return webPage(200, 'Welcome');
    case 'system_error':
      return nos.system;
    case 'err_code':
      return { err_code: fault.err_code, err_code_des: fault.err_code_des };
    default:
      return undefined;
  }
}

/** A bill has no signature and no elements: it can only end too early. */
export const spoiltFile = (file: Buffer, fault: CallFault | undefined): Buffer =>
  fault?.kind === 'truncated' ? file.subarray(0, Math.floor(file.length / 2)) : file;

/** Writes an answer, spoilt where the fault says so. */
export function writeSpoilt(answer: Answer, fault: CallFault | undefined): string {
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
      return xml.replace(/<sign>.*<\/sign>\n?/, '');
    default:
      return xml;
  }
}
