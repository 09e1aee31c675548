import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonErrors, type Service } from '@saoma/contracts/define';
import { orderService } from '@saoma/contracts/order';
import { payService } from '@saoma/contracts/pay';
import ts from 'typescript';
import { controllers } from '../../apps/cart-gateway/src/gateway.module';
import { routeOf } from '../../apps/cart-gateway/src/rest/answers';
import { type Handlers, programOf, ThrownCodes } from './thrown-codes';
import { files, projectRoot, readTree } from './tree';

const root = projectRoot();

/** Errors of its own that a method of a contract declares; a slice is a part of its service. */
function declaredBy(contract: string, method: string): readonly string[] {
  const { methods }: Service = contract === 'payService' ? payService : orderService;
  return methods[method]?.errors ?? [];
}

/** Any call can fail with these, and any request be unreadable. */
const common: readonly string[] = [...commonErrors, 'request/malformed'];
const own = (codes: Iterable<string>) =>
  [...new Set(codes)].filter((code) => !common.includes(code)).sort();

const isController = /^apps\/(cart-gateway|order-service|pay-service)\/.*\.controller\.ts$/;
const sources = files(readTree(root), isController).map(([path]) => path);
const found = new ThrownCodes(programOf(root, sources), declaredBy).controllers();

test('a call declares exactly the errors that its handler can throw', () => {
  const serving = found.filter(({ contract }) => contract);
  assert.ok(serving.length > 5);
  for (const { contract = '', thrown } of serving) {
    for (const [method, codes] of thrown) {
      assert.deepEqual(own(codes), own(declaredBy(contract, method)), `${contract}.${method}`);
    }
  }
});

/** Without DEMO=true it is not there. */
const thrownByNobody: Readonly<Record<string, readonly string[]>> = {
  signIn: ['request/not-found'],
};
/** A page that waits knows three messages and no problem. */
const keptToItself: Readonly<Record<string, readonly string[]>> = {
  queryPayStatus: ['payment/not-found'],
};

test('a route declares exactly the errors that its handler can throw', () => {
  const routes = controllers.flatMap(routesOf);
  assert.ok(routes.length > 20);
  for (const { name, thrown, declared } of routes) {
    const can = own([...thrown, ...(thrownByNobody[name] ?? [])]);
    assert.deepEqual(can, own([...declared, ...(keptToItself[name] ?? [])]), name);
  }
});

function routesOf({ name: kind, prototype }: { name: string; prototype: object }) {
  const same = ({ name, contract }: Handlers) => name === kind && !contract;
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return methods.flatMap(([name, { value }]) => {
    const route = typeof value === 'function' && routeOf(value);
    if (!route) return [];
    const thrown = found.find(same)?.thrown.get(name) ?? [`? no ${name}`];
    return [{ name, thrown, declared: route.errors ?? [] }];
  });
}

test('a code is found wherever it is thrown on the way', () => {
  const text = `
    class AppError { constructor(readonly code: 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g') {} }
    declare function Serves(contract: unknown): (kind: unknown) => void;
    declare function ClientOf<M>(contract: M): new () => { [N in keyof M & string]: () => void };
    declare const other: { ask: number; tell: number };
    class OtherClient extends ClientOf(other) {}
    interface Store { read(): void; write(): void }
    abstract class Lock { abstract turn(): void; open() { this.turn(); } }
    class Bolt extends Lock { turn() { throw new AppError('g'); } }
    class Memory implements Store { read() { throw new AppError('a'); } write() {} }
    class Redis implements Store { read() {} write() { throw new AppError('b'); } }
    const helper = () => { throw new AppError('c'); };
    class Room {
      constructor(readonly store: Store, readonly other: OtherClient) { new AppError('f'); }
      enter() { return [1].map(() => { this.store.read(); helper(); }); }
      lock(lock: Lock) { lock.open(); }
      leave(code: 'd' | 'e') { this.other.ask(); throw new AppError(code); }
    }
    @Serves(contract) class DoorController {
      constructor(readonly room: Room) {}
      enter() { return this.room.enter(); }
      leave() { return Promise.reject().catch(() => this.room.leave('d')); }
      lock() { this.room.lock(new Bolt()); }
      make() { return new Room(new Memory(), new OtherClient()); }
      none(error: AppError) { return 'g'; }
    }`;
  const path = '/apps/small/src/door.ts';
  const host = ts.createCompilerHost({});
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  host.getSourceFile = (name) => (name === path ? source : undefined);
  const program = ts.createProgram([path], { noLib: true, experimentalDecorators: true }, host);
  const asked = (contract: string, method: string) => [`${contract}.${method}`];
  const [door] = new ThrownCodes(program, asked).controllers();
  const thrown = [...(door?.thrown ?? [])].map(([name, codes]) => [name, [...codes].sort()]);
  assert.deepEqual(Object.fromEntries(thrown), {
    enter: ['a', 'c'],
    leave: ['d', 'e', 'other.ask'],
    lock: ['g'],
    make: ['f'],
    none: [],
  });
});
