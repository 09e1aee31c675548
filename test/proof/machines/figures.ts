/** What payers waited for, in milliseconds: their code, and the news of their money. */
export interface Waits {
  readonly codeMs: number;
  readonly newsMs: number;
}

/** Of healthy payers the median, of each kind of strike the longest. */
export class Figures {
  private readonly healthy: Waits[] = [];
  private readonly longest = new Map<string, Waits & { count: number }>();

  addHealthy(waits: Waits): void {
    this.healthy.push(waits);
  }

  get median(): Waits {
    const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
    return {
      codeMs: middle(this.healthy.map(({ codeMs }) => codeMs)),
      newsMs: middle(this.healthy.map(({ newsMs }) => newsMs)),
    };
  }

  add(kind: string, { codeMs, newsMs }: Waits): void {
    const before = this.longest.get(kind) ?? { codeMs: 0, newsMs: 0, count: 0 };
    this.longest.set(kind, {
      codeMs: Math.max(codeMs, before.codeMs),
      newsMs: Math.max(newsMs, before.newsMs),
      count: before.count + 1,
    });
  }

  /** As rows of a table: seconds. */
  get rows(): string[] {
    const { codeMs, newsMs } = this.median;
    const head = `| healthy (median) | | ${seconds(codeMs)} | ${seconds(newsMs)} |`;
    const rows = [...this.longest].map(
      ([kind, each]) =>
        `| ${kind} | ${each.count} | ${seconds(each.codeMs)} | ${seconds(each.newsMs)} |`,
    );
    return ['| strike | times | to the code, s | to the news, s |', head, ...rows];
  }
}

const seconds = (ms: number) => `${Math.round(ms / 100) / 10}`;
