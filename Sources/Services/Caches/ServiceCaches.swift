import Catalog

/// The caches that all services of a port share.
final class ServiceCaches: Sendable {
  let pages = PageCache()
  let notModified = NotModifiedCache()
  let listBodies = ListBodyCache()
  let compressedBodies = CompressedBodyCache()

  /// The figures of every cache, with the cache's name in metrics.
  var figures: [(name: String, figures: CacheFigures)] {
    [
      ("pages", pages.figures), ("not_modified", notModified.figures), ("list_bodies", listBodies.figures),
      ("compressed_bodies", compressedBodies.figures),
    ]
  }
}
