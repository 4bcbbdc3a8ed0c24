// What can be told from /metrics: a parser of the Prometheus text format, counters' rates and histograms' quantiles.
// Nothing here touches the page or the network.

/** Samples by metric name: [{labels: {...}, value}]. Comments and lines that are no sample are skipped. */
export function parseMetrics(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const match = line.match(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/);
    if (!match) continue;
    const [, name, inside = "", value] = match;
    const pairs = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = Object.fromEntries(pairs.map(([, key, text]) => [key, text.replace(/\\(.)/g, "$1")]));
    if (!found.has(name)) found.set(name, []);
    found.get(name).push({ labels, value: value === "+Inf" ? Infinity : Number(value) });
  }
  return found;
}

/** The sum of the samples of `name` that have all of `labels`. */
export function total(metrics, name, labels = {}) {
  const fits = (sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  return (metrics.get(name) ?? []).filter(fits).reduce((sum, sample) => sum + sample.value, 0);
}

/** {label value: sum} over the samples of `name`. */
export function byLabel(metrics, name, label) {
  const sums = new Map();
  for (const { labels, value } of metrics.get(name) ?? []) {
    const key = labels[label];
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

/** Cumulative counts of a histogram as a map from upper bound to count, for one value of `route` or for all. */
export function buckets(metrics, name, route) {
  const counts = new Map();
  for (const { labels, value } of metrics.get(`${name}_bucket`) ?? []) {
    if (route && labels.route !== route) continue;
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
}

/** What was counted between two readings. A counter that went back was reset: all that it shows is new. */
export function between(before, after) {
  const reset = [...after].some(([bound, count]) => count < (before.get(bound) ?? 0));
  return new Map([...after].map(([bound, count]) => [bound, reset ? count : count - (before.get(bound) ?? 0)]));
}

/**
 * The q-quantile, interpolated within its bucket as Prometheus' histogram_quantile does. Null without observations;
 * beyond the last bound, that bound: the value is at least so much.
 */
export function quantile(q, counts) {
  const bounds = [...counts.keys()].sort((a, b) => a - b);
  const all = counts.get(Infinity) ?? 0;
  if (all <= 0) return null;
  const rank = q * all;
  let lower = 0;
  let below = 0;
  for (const bound of bounds) {
    const upTo = counts.get(bound);
    if (upTo >= rank && bound === Infinity) return lower;
    if (upTo >= rank) return lower + ((bound - lower) * (rank - below)) / (upTo - below);
    lower = bound;
    below = upTo;
  }
  return lower;
}
