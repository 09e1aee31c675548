import type { CallName } from '../call-name';
import type { Sandbox } from '../sandbox';
import type { Told } from '../v3/answer';
import { writeTold } from '../v3/answer';
import { readAuthorization } from '../v3/authorization';
import type { Incoming } from '../v3/call';
import { header, type Way } from '../v3/gate';
import { anyRefusal, type Refusal, refusals } from '../v3/refusal';
import { parseObject } from '../v3/rules';
import { type About, aboutOf } from './about';
import { encoded } from './encoding';
import type { Caller, NoFault } from './front';

/** A call of v3 at a path that exists; nothing else is known of it yet. */
export function v3Caller(incoming: Incoming, way: Way, sandbox: Sandbox): Caller<Told> {
  const { v3Desk, platform } = sandbox;
  return {
    api: 'v3',
    name: way.call.name,
    about: aboutOf(numbersOf(incoming, way), sandbox.book),
    serve: () => v3Desk.serve(incoming, way),
    refuse: (fault) => v3Desk.refuse(incoming, way, refusalOf(fault, way.call.name)),
    async write(told, fault) {
      const parcel = await writeTold(told, platform, fault);
      // A file is sent as it is, and so is what a fault has spoilt.
      const isPlain = fault === undefined && !(told.content && 'file' in told.content);
      return isPlain ? encoded(parcel, header(incoming, 'accept-encoding')) : parcel;
    },
    isToMerchant: ({ reader }) => reader !== undefined,
  };
}

function refusalOf(fault: NoFault, call: CallName): Refusal | 202 | 204 {
  switch (fault.kind) {
    case 'err_code':
      return anyRefusal(fault.err_code, fault.err_code_des, call);
    case 'frequency_limited':
      return refusals.frequency;
    case 'accepted':
      return 202;
    case 'no_content':
      return 204;
    case 'system_error':
      return refusals.system;
  }
}

function numbersOf(incoming: Incoming, { params }: Way): About {
  const mch_id = readAuthorization(header(incoming, 'authorization'))?.mchid ?? '';
  const body = parseObject(incoming.body) ?? {};
  const named = (name: string) => {
    const value = params[name] ?? body[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    mch_id,
    out_trade_no: named('out_trade_no'),
    transaction_id: named('transaction_id'),
    out_refund_no: named('out_refund_no'),
  };
}
