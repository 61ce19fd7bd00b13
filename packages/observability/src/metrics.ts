import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface MetricOptions<L extends string> {
  /** Without the prefix `holdfast_`; counters end in `_total`, others in their unit. */
  readonly name: string;
  /** The name is one that other tools know: it stands as it is, without the prefix. */
  readonly isCommonName?: boolean;
  readonly help: string;
  readonly labels?: readonly L[];
  /** Label sets kept apart; a further one is counted with every label `other`. Default 100. */
  readonly maxSeries?: number;
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, in the unit of the name. */
  readonly buckets: readonly number[];
}

export interface CounterMetric<L extends string> {
  increment(labels: Labels<L>, by?: number): void;
}

export interface GaugeMetric<L extends string> {
  set(labels: Labels<L>, value: number): void;
}

export interface HistogramMetric<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

/** The metrics of one service in one registry. Labels never carry ids of customers or contacts. */
export interface Metrics {
  counter<L extends string = never>(options: MetricOptions<L>): CounterMetric<L>;
  gauge<L extends string = never>(options: MetricOptions<L>): GaugeMetric<L>;
  /** A gauge without labels that is asked when the page is made. */
  observedGauge(options: MetricOptions<never>, read: () => number): void;
  /** A gauge whose series are asked for when the page is made; a series that is not named any more is gone. */
  observedGauges<L extends string>(options: MetricOptions<L>, read: () => Iterable<readonly [Labels<L>, number]>): void;
  histogram<L extends string = never>(options: HistogramOptions<L>): HistogramMetric<L>;
  readonly contentType: string;
  /** The page in Prometheus' text format. */
  render(): Promise<string>;
}

/** Seconds, for what a customer or a desk waits for. */
export const LATENCY_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const PREFIX = 'holdfast_';
const DEFAULT_MAX_SERIES = 100;

/** A registry with the process' own metrics (CPU, memory, event loop lag) and the label `service` on each series. */
export function createMetrics(options: { readonly service: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  collectDefaultMetrics({ register: registry });
  return {
    counter(declared) {
      const metric = new Counter(configuration(declared, registry));
      const bounded = boundedLabels(declared);
      return { increment: (labels, by = 1) => metric.inc(bounded(labels), by) };
    },
    gauge(declared) {
      const metric = new Gauge(configuration(declared, registry));
      const bounded = boundedLabels(declared);
      return { set: (labels, value) => metric.set(bounded(labels), value) };
    },
    observedGauge(declared, read) {
      const collect = function (this: Gauge): void {
        this.set(read());
      };
      new Gauge({ ...configuration(declared, registry), collect });
    },
    observedGauges(declared, read) {
      const bounded = boundedLabels(declared);
      const collect = function (this: Gauge): void {
        this.reset();
        for (const [labels, value] of read()) this.set(bounded(labels), value);
      };
      new Gauge({ ...configuration(declared, registry), collect });
    },
    histogram(declared) {
      const metric = new Histogram({ ...configuration(declared, registry), buckets: [...declared.buckets] });
      const bounded = boundedLabels(declared);
      return { observe: (labels, value) => metric.observe(bounded(labels), value) };
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function configuration<L extends string>(declared: MetricOptions<L>, registry: Registry) {
  return {
    name: declared.isCommonName ? declared.name : `${PREFIX}${declared.name}`,
    help: declared.help,
    labelNames: [...(declared.labels ?? [])],
    registers: [registry],
  };
}

function boundedLabels<L extends string>(declared: MetricOptions<L>): (labels: Labels<L>) => Record<L, string> {
  const names = declared.labels ?? [];
  const max = declared.maxSeries ?? DEFAULT_MAX_SERIES;
  const seen = new Set<string>();
  return (labels) => {
    const key = names.map((name) => labels[name]).join('\u0000');
    if (seen.has(key)) return labels;
    if (seen.size < max) {
      seen.add(key);
      return labels;
    }
    return Object.fromEntries(names.map((name) => [name, 'other'])) as Record<L, string>;
  };
}
