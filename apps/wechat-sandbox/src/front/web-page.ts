import type { CallFault } from '../faults/fault';
import type { Parcel } from '../faults/send';

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
  headers: { 'Content-Type': 'text/html' },
  body: Buffer.from(page(title)),
});

/** The page that a fault puts in place of any answer; undefined for a fault of another sort. */
export function webFault(fault: CallFault): Parcel | undefined {
  if (fault.kind === 'http_error') return webPage(fault.status);
  return fault.kind === 'html' ? webPage(200, 'Welcome') : undefined;
}
