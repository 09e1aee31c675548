import { rooms } from '../../apps/cart-gateway/src/gateway.module';
import { OpenApi } from '../../apps/cart-gateway/src/openapi/openapi';

/** The outer face as the gateway serves it. */
export function openApiFile(): string {
  return `${JSON.stringify(new OpenApi(rooms).document, null, 2)}\n`;
}
