import { join } from 'node:path';
import { Child } from '../../test/support/child';

/** What the client is told to do: checkouts, by so many shoppers at once. */
export interface CheckoutTask {
  readonly url: string;
  readonly wechat: string;
  /** Signs the shoppers' tokens. */
  readonly secret: string;
  readonly clients: number;
  /** It ends after this time or so many checkouts, whichever comes first. */
  readonly ms: number;
  readonly countMax: number;
}

export interface CheckoutsDone {
  readonly latenciesMs: readonly number[];
  /** Checkouts that did not end paid; a machine with too much to do brings them about. */
  readonly failures: number;
  readonly ms: number;
}

export interface NodeProcess {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node's own. */
  readonly options?: string;
}

/** Starts one of `bench/processes`, and waits until it is ready. */
export async function startProcess({ name, env = {}, options }: NodeProcess): Promise<Child> {
  const file = join(__dirname, '..', 'processes', `${name}.js`);
  const given = options === undefined ? env : { ...env, NODE_OPTIONS: options };
  const child = new Child({ name, file, env: given, fork: true });
  await child.says('ready');
  return child;
}

/** Has one of them do a task, and gives what it found. */
export async function have<Done>(child: Child, task: object): Promise<Done> {
  const heard = child.hears<Done | { failed: string }>();
  child.tell(task);
  const done = await child.orEnds(heard, taskMsMax);
  if (isFailure(done)) throw new Error(done.failed);
  return done;
}

const taskMsMax = 300_000;

function isFailure(done: unknown): done is { failed: string } {
  return typeof done === 'object' && done !== null && 'failed' in done;
}
