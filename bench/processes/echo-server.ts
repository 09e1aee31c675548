import 'reflect-metadata';
import { createServer } from 'node:http';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import type { Input } from '@saoma/contracts/define';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { Serves } from '@saoma/platform/rpc/serves';
import { echoService } from '../support/echo-contract';

// The other end of one call, in the three ways that are compared: KIND says which.

const { PORT = '', KIND = '' } = process.env;
const address = { host: '127.0.0.1', port: Number(PORT) };

@Serves(echoService)
class CheckedEcho {
  echo(input: Input<typeof echoService, 'echo'>) {
    return input;
  }
}

@Controller()
class BareEcho {
  @MessagePattern('echo')
  echo(input: unknown) {
    return input;
  }
}

@Module({ controllers: [CheckedEcho] })
class CheckedModule {}
@Module({ controllers: [BareEcho] })
class BareModule {}

const starts: Readonly<Record<string, () => Promise<unknown>>> = {
  ours: async () => {
    const strategy = new DrainingServer(address);
    const app = await NestFactory.createMicroservice(CheckedModule, { strategy, logger: false });
    await app.listen();
  },
  nest: async () => {
    const transport = { transport: Transport.TCP, options: address } as const;
    const app = await NestFactory.createMicroservice(BareModule, { ...transport, logger: false });
    await app.listen();
  },
  http: async () => {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      const body = JSON.stringify(JSON.parse(text));
      const headers = { 'content-length': Buffer.byteLength(body) };
      response.writeHead(200, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(address.port, address.host, resolve));
  },
};

starts[KIND]?.().then(() => process.send?.('ready'));
process.once('disconnect', () => process.exit());
