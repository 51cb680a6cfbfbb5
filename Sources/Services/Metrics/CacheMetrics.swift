import Catalog
import Metrics

/// Metrics of every cache: its entries, hits, misses and evictions.
struct CacheMetrics: MetricsSource {
  let caches: ServiceCaches
  let catalog: ModelCatalog

  func families() -> [MetricFamily] {
    var entries = MetricFamily("rollcall_cache_entries", .gauge, help: "Entries that a cache holds.")
    var hits = MetricFamily("rollcall_cache_hits_total", .counter, help: "Look-ups that a cache answered.")
    var misses = MetricFamily("rollcall_cache_misses_total", .counter, help: "Look-ups that a cache could not answer.")
    var evictions = MetricFamily(
      "rollcall_cache_evictions_total", .counter, help: "Entries that a cache dropped because of its limits.")
    for (cache, figures) in caches.figures + catalog.cacheFigures {
      entries.add(Double(figures.count), ["cache": cache])
      hits.add(Double(figures.hits), ["cache": cache])
      misses.add(Double(figures.misses), ["cache": cache])
      evictions.add(Double(figures.evictions), ["cache": cache])
    }
    return [entries, hits, misses, evictions]
  }
}
