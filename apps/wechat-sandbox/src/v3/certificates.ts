import { beijingIso } from '../clock';
import type { Call } from './call';
import { seal } from './cipher';
import type { PlatformCertificate } from './platform-keys';
import { refusals } from './refusal';

export const certificates: Call = {
  name: 'certificates',
  method: 'GET',
  path: '/v3/certificates',
  async act({ merchant, v3_key }, { platform }) {
    if (platform.modeOf(merchant) === 'public-key') return refusals.noPlatformCertificate;
    const all = await platform.certificates();
    return { json: { data: all.map((each) => describe(each, v3_key)) } };
  },
};

const describe = (
  { serial, effective_ms, expire_ms, certificate }: PlatformCertificate,
  v3_key: string,
) => ({
  serial_no: serial,
  effective_time: beijingIso(effective_ms),
  expire_time: beijingIso(expire_ms),
  encrypt_certificate: seal(certificate, v3_key, 'certificate'),
});
