import { fileVariable, isSecret } from '@saoma/platform/config';
import { z } from 'zod';
import { GatewayConfig } from '../../apps/cart-gateway/src/config';
import { OrderConfig } from '../../apps/order-service/src/config';
import { PayConfig } from '../../apps/pay-service/src/config';
import { SandboxConfig } from '../../apps/wechat-sandbox/src/config';

/** The configuration of each service; who is named first has a shared variable in .env.example. */
export const services = {
  'pay-service': PayConfig,
  'order-service': OrderConfig,
  'cart-gateway': GatewayConfig,
  'wechat-sandbox': SandboxConfig,
};

/** An environment variable as one service declares it. */
export interface Variable {
  readonly name: string;
  readonly service: string;
  readonly meaning: string;
  readonly required: boolean;
  /** What stands for it when it is not given, as one would write it; empty if nothing does. */
  readonly fallback: string;
  /** The variable that may name a file which holds it, if it is a secret. */
  readonly fileName: string | undefined;
}

/** Every variable of every service, read from the schemas that the services start with. */
export const variables: readonly Variable[] = Object.entries(services).flatMap(
  ([service, { variables }]) =>
    Object.entries<z.ZodType>(variables.shape).map(([name, schema]) => ({
      name,
      service,
      meaning: meaningOf(service, name, schema),
      required: !schema.safeParse(undefined).success,
      fallback: fallbackOf(schema),
      fileName: isSecret(schema) ? fileVariable(name) : undefined,
    })),
);

/** The variables of one service. */
export const variablesOf = (service: string) =>
  variables.filter((variable) => variable.service === service);

/** Whether only the sandbox reads it. */
export const isSandboxOnly = ({ name }: Variable) => name.startsWith('SANDBOX_');

function meaningOf(service: string, name: string, { description }: z.ZodType): string {
  if (description) return description;
  throw new Error(`${name} of the ${service} says no meaning: give it a .describe() in config.ts`);
}

function fallbackOf(schema: z.ZodType): string {
  const hasFallback = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return hasFallback ? String(schema.def.defaultValue) : '';
}
