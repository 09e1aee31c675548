import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Child } from './child';

export type App = 'cart-gateway' | 'order-service' | 'pay-service' | 'wechat-sandbox';

/** The folder that this very file was built into, so that tests run their own build. */
export const ownBuild = join(__dirname, '..', '..');

/** As every start gives it that we ship (decision 0026). */
export const youngMax = '--max-semi-space-size=16';

/** One of our services as a process of its own, configured by exactly this environment. */
export class ServiceProcess {
  private child: Child | undefined;

  constructor(
    readonly app: App,
    public env: Readonly<Record<string, string>>,
    /** The folder of the build that it is started from, the next time. */
    public build: string = ownBuild,
  ) {}

  /** Starts it and waits until it says that it is ready. */
  static async start(app: App, env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const service = new ServiceProcess(app, env);
    await service.start();
    return service;
  }

  async start(): Promise<void> {
    if (this.child?.isAlive) throw new Error(`${this.app} runs already`);
    this.child = this.begin();
    await this.child.says('ready');
  }

  /** The exit code of a service that is expected to refuse its environment, and what it said. */
  async startInVain(): Promise<{ code: number | null; said: string }> {
    const child = this.begin();
    const code = await child.exits();
    return { code, said: child.lines.join('\n') };
  }

  get isAlive(): boolean {
    return this.child?.isAlive ?? false;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }

  /** kill -9, then start again with the same environment. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends cleanly, and starts again with these variables in the place of what they were. */
  async restartWith(variables: Readonly<Record<string, string>>): Promise<void> {
    await this.stop();
    this.env = { ...this.env, ...variables };
    await this.start();
  }

  /** SIGTERM; the service must end by itself with code 0. */
  async stop(): Promise<void> {
    if (!this.child) return;
    const code = await this.child.end('SIGTERM');
    assert.equal(code, 0, `${this.app} did not stop cleanly:\n${this.child.lastWords()}`);
    this.child = undefined;
  }

  /** Stops (SIGSTOP) or resumes (SIGCONT) the process without ending it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.signal(signal);
  }

  /** The last lines of its log (at most 200 are kept). */
  get log(): readonly string[] {
    return this.child?.lines ?? [];
  }

  private begin(): Child {
    const file = join(this.build, 'apps', this.app, 'src', 'main.js');
    return new Child({ name: this.app, file, env: this.env, fork: true, execArgv: [youngMax] });
  }
}
