import { controllers } from '../../../apps/cart-gateway/src/gateway.module';
import { OpenApi } from './openapi';
import { rooms } from './rooms';

/** The outer face as the gateway serves it. */
export function openApiFile(): string {
  const told = rooms.flatMap((room) => room.controllers);
  const lost = controllers.filter((kind) => !told.includes(kind));
  if (lost.length > 0) throw new Error(`${lost.map(({ name }) => name)}: in no room of rooms.ts`);
  return `${JSON.stringify(new OpenApi(rooms).document, null, 2)}\n`;
}
