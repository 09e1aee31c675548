import { orderService } from '@saoma/contracts/order';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';

export class OrderClient extends ClientOf(orderService) {}

/**
 * The same on a connection of its own for WeChat's notices: a flood of them, or of shoppers, does
 * not stand in the other's way.
 */
export class NoticeClient extends ClientOf(orderService) {}

export class PayClient extends ClientOf(payService) {}
