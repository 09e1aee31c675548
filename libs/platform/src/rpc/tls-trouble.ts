const unknownCa = 'its certificate is of no CA in RPC_TLS_CA';
const noTls = 'it does not speak TLS';

/** What codes of Node and OpenSSL mean between services. */
const meanings: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has ended',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_SIGNATURE_FAILURE: unknownCa,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  INVALID_PURPOSE: 'its certificate is for another use (extendedKeyUsage)',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it has shown no certificate',
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_TLS_HANDSHAKE_TIMEOUT: 'no TLS handshake in time',
};

/**
 * Why a connection failed, in words, if there is an error. Node names what it thinks of a caller by
 * its code only.
 */
export function tlsTrouble(error: unknown): { code?: unknown; message?: unknown } {
  if (typeof error === 'string') return { code: error, message: meanings[error] };
  const { code, reason, message } = (error ?? {}) as Record<string, unknown>;
  // OpenSSL's message has its source lines in it, its reason has not.
  return { code, message: meanings[String(code)] ?? reason ?? message };
}

export const isHangUp = (error: Error & { code?: string }) => error.code === 'ECONNRESET';
