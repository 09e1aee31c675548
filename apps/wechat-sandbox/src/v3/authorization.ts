/** What a merchant says of itself in the `Authorization` header. */
export interface Authorization {
  readonly scheme: string;
  readonly mchid: string;
  readonly nonce_str: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly serial_no: string;
  readonly signature: string;
}

const forms: Readonly<Record<string, RegExp>> = {
  mchid: /^[0-9]{1,32}$/,
  nonce_str: /^.{1,32}$/,
  timestamp: /^[0-9]{1,12}$/,
  serial_no: /^[0-9A-Fa-f]{1,40}$/,
  signature: /^[0-9A-Za-z+/]+={0,2}$/,
};

/** Reads `scheme name="value",...`: the five fields in any order, each once; else undefined. */
export function readAuthorization(header: string | undefined): Authorization | undefined {
  const [, scheme, rest] = /^(\S+) (\S.*)$/.exec(header ?? '') ?? [];
  if (!scheme || !rest) return undefined;
  const fields: Record<string, string> = {};
  for (const part of rest.split(/,(?=[a-z_]+=)/)) {
    const [, name = '', value = ''] = /^([a-z_]+)="([^"]*)"$/.exec(part) ?? [];
    if (!forms[name]?.test(value) || name in fields) return undefined;
    fields[name] = value;
  }
  const { mchid, nonce_str, timestamp, serial_no, signature } = fields;
  if (!mchid || !nonce_str || !timestamp || !serial_no || !signature) return undefined;
  return { scheme, mchid, nonce_str, timestamp, serial_no, signature };
}
