import * as prometheus from 'prom-client';

/** The values that a label may have: all of them, or the page that lists them. Never a number. */
type Values = readonly string[] | { readonly listedIn: string };
type Labels = Readonly<Record<string, Values>>;
type ValueOf<V extends Values> = V extends readonly (infer Value extends string)[] ? Value : string;
type LabelsOf<L extends Labels> = { readonly [Name in keyof L]: ValueOf<L[Name]> };

/** What a metric is called and means; pages and tests are made of it. */
interface About<L extends Labels> {
  /** With its unit, as Prometheus wants it. */
  readonly name: `saoma_${string}`;
  readonly help: string;
  readonly unit: 'seconds' | 'bytes' | 'timestamp' | 'times' | 'things' | 'yes or no';
  readonly labels: L;
}

/**
 * Something that is measured, declared once as a value where its process can import it. Until it is
 * opened nothing is measured: a call returns at once.
 */
export abstract class Metric<L extends Labels = Labels> {
  abstract readonly type: 'counter' | 'gauge' | 'histogram';

  constructor(readonly about: About<L>) {}

  /** From now on it is measured, and `registry` tells it; undefined: no longer. */
  abstract open(registry: prometheus.Registry | undefined): void;

  protected options(registry: prometheus.Registry) {
    const { name, help, labels } = this.about;
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  }
}

export class Counter<const L extends Labels> extends Metric<L> {
  readonly type = 'counter';
  private counter: prometheus.Counter | undefined;

  add(labels: LabelsOf<L>, count = 1): void {
    this.counter?.inc(labels, count);
  }

  override open(registry: prometheus.Registry | undefined): void {
    this.counter = registry && new prometheus.Counter(this.options(registry));
    // What was never counted is 0: a first time is seen as a rise.
    for (const labels of combinations(this.about.labels)) this.counter?.inc(labels, 0);
  }
}

export class Histogram<const L extends Labels> extends Metric<L> {
  readonly type = 'histogram';
  private histogram: prometheus.Histogram | undefined;

  /** `buckets`: the bounds up to which is counted, in the unit of the metric. */
  constructor(
    about: About<L>,
    private readonly buckets: readonly number[],
  ) {
    super(about);
  }

  observe(value: number, labels: LabelsOf<L>): void {
    this.histogram?.observe(labels, value);
  }

  override open(registry: prometheus.Registry | undefined): void {
    const buckets = [...this.buckets];
    this.histogram = registry && new prometheus.Histogram({ ...this.options(registry), buckets });
  }
}

type Reading<L extends Labels> = [keyof L] extends [never]
  ? number | undefined
  : Readonly<Partial<Record<LabelsOf<L>[keyof L], number | undefined>>> | undefined;
type Read<L extends Labels> = () => Reading<L> | Promise<Reading<L>>;

/** Something that is looked at whenever somebody asks; it has one label at most. */
export class Gauge<const L extends Labels> extends Metric<L> {
  readonly type = 'gauge';
  private reader: Read<L> = () => undefined as Reading<L>;

  /** How it is looked at; by the label's values if it has one. What is undefined is not told. */
  read(reader: Read<L>): void {
    this.reader = reader;
  }

  override open(registry: prometheus.Registry | undefined): void {
    if (!registry) return;
    const gauge: prometheus.Gauge = new prometheus.Gauge({
      ...this.options(registry),
      collect: () => this.tell(gauge),
    });
  }

  /** What cannot be looked at now is not told, and the others are. */
  private async tell(gauge: prometheus.Gauge): Promise<void> {
    const reading = await new Promise<Reading<L>>((resolve) => resolve(this.reader())).catch(
      () => undefined,
    );
    const [label] = Object.keys(this.about.labels);
    if (label === undefined) {
      if (typeof reading === 'number') gauge.set(reading);
      else gauge.remove();
      return;
    }
    gauge.reset();
    const byValue: object = typeof reading === 'object' ? reading : {};
    for (const [value, number] of Object.entries<number | undefined>({ ...byValue })) {
      if (number !== undefined) gauge.set({ [label]: value }, number);
    }
  }
}

/** Every set of labels; none if a label's values stand elsewhere. */
function combinations(labels: Labels): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    const known = 'listedIn' in values ? [] : values;
    all = all.flatMap((one) => known.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}
