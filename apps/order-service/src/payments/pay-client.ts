import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';

/** The pay service, as the order service calls it; injected by this class. */
export class PayClient extends ClientOf(payService) {}
