import { deflateSync, gzipSync } from 'node:zlib';
import type { Parcel } from '../faults/send';

/** What WeChat can pack an answer into; the first that the client takes is used. */
const packers = { gzip: gzipSync, deflate: deflateSync } as const;

/** The same answer, packed if the client's `Accept-Encoding` says so, under its old signature. */
export function encoded(parcel: Parcel, accepted = ''): Parcel {
  const taken = accepted.split(',').flatMap((each) => {
    const [name = '', ...options] = each.toLowerCase().split(';');
    return options.some((option) => /^\s*q=0(\.0*)?\s*$/.test(option)) ? [] : [name.trim()];
  });
  const names = ['gzip', 'deflate'] as const;
  const name = names.find((each) => taken.includes(each));
  if (!name || parcel.body.length === 0) return parcel;
  const headers = { ...parcel.headers, 'Content-Encoding': name };
  return { ...parcel, headers, body: packers[name](parcel.body) };
}
