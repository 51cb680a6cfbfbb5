/// The caches that all services of a port share.
final class ServiceCaches: Sendable {
  let pages = PageCache()
  let notModified = NotModifiedCache()
  let listBodies = ListBodyCache()
  let compressedBodies = CompressedBodyCache()
}
