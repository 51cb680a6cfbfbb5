import Catalog
import HTTP

/// All reads of the catalog, for all protocols: takes a request and returns a model, a page or a stream, or throws a
/// `ReadError`.
///
/// `modelNow` and `listNow` answer on the event loop from data at hand. Where they return nil, the caller has to call
/// `model` and `list` in a task.
struct CatalogReader: Sendable {
  let catalog: ModelCatalog
  private let progress: @Sendable () -> String
  private let slots: WatchSlots
  private let limits: LimitCounts
  private let expiredTokens: AtomicCount
  private let now: @Sendable () -> Timestamp
  /// The caller's sight: all models, until access control gives each class of callers its own reader. The caches
  /// (`ServiceCaches` and the catalog's own) belong to this one sight: their keys name a revision and no sight.
  let sight = Sight.all

  init(_ environment: ServiceEnvironment) {
    catalog = environment.catalog
    progress = environment.progress
    slots = environment.slots
    limits = environment.limits
    expiredTokens = environment.expiredTokens
    now = environment.now
  }

  /// The signer of page tokens.
  var signer: TokenSigner { TokenSigner(key: catalog.signingKey) }

  /// The present snapshot; throws while models may exist that the snapshot does not hold.
  func present() throws(ReadError) -> Snapshot {
    guard let snapshot = catalog.readySnapshot else { throw .notReady(progress: progress()) }
    return snapshot
  }

  func requireReady() throws(ReadError) {
    _ = try present()
  }

  /// The readings of engines by id, for models at a revision. The past has none, because history holds facts alone.
  func readings(atRevision revision: Int64) -> (String) -> EngineReading? {
    guard revision == 0 else { return { _ in nil } }
    return { [readings = catalog.readings] in readings.reading(of: $0) }
  }

  /// The sum over the facts of all models of a namespace. nil: of all namespaces, with each id once.
  func contentHash(_ snapshot: Snapshot, namespace: String?) -> ContentHash {
    snapshot.contentHash(namespace: namespace, sight: sight)
  }
}

/// Reads of one model.
extension CatalogReader {
  func modelNow(_ read: GetRead) throws(ReadError) -> ModelRef? {
    let present = try present()
    if read.atRevision == 0 { return try find(read, in: present) }
    guard read.atRevision > 0 else { throw .invalid(field: "at_revision", problem: "must not be negative") }
    guard let snapshot = catalog.held(at: read.atRevision) else { return nil }
    return try find(read, in: snapshot)
  }

  func model(_ read: GetRead) async throws(ReadError) -> ModelRef {
    try find(read, in: try await past(at: read.atRevision))
  }

  private func find(_ read: GetRead, in snapshot: Snapshot) throws(ReadError) -> ModelRef {
    let found =
      read.isInAnyNamespace
      ? snapshot.firstByID(read.key.id, preferred: read.key.namespace, sight: sight)
      : snapshot.model(read.key, sight: sight)
    guard let found else { throw .modelNotFound(read.key) }
    return found
  }

  private func past(at revision: Int64) async throws(ReadError) -> Snapshot {
    do throws(PastError) {
      return try await catalog.past(at: revision)
    } catch {
      throw .past(error, field: "at_revision")
    }
  }
}

/// Reads of lists.
extension CatalogReader {
  /// The snapshot that a list shows; nil when it is not at hand.
  func snapshotNow(_ read: ListRead, present: Snapshot) -> Snapshot? {
    if read.revision == 0 { return present }
    return isExpired(read) ? nil : catalog.held(at: read.revision)
  }

  /// Whether the pages before are of a time before the catalog went on without the store.
  private func isExpired(_ read: ListRead) -> Bool {
    guard case .list(let revision) = read.token?.kind, revision > 0 else { return false }
    return revision < catalog.view.history.resumeFloor
  }

  func listNow(_ read: ListRead, of snapshot: Snapshot) throws(ReadError) -> CatalogPage? {
    guard let list = catalog.listNow(read.query, of: snapshot) else { return nil }
    return try CatalogPage(read, list, sight)
  }

  /// Makes a page. `snapshot` nil: the page shows the snapshot that the read names, rebuilt from the history.
  func list(_ read: ListRead, of snapshot: Snapshot?, for caller: Caller) async throws(ReadError) -> CatalogPage {
    let shown: Snapshot
    if let snapshot { shown = snapshot } else { shown = try await past(read) }
    let own = limits.limits[.listsPerPeer]
    let list: ListResult
    do throws(TooManyLists) {
      list = try await catalog.list(read.query, of: shown, for: ListClient(id: caller.peerID, waitingLimit: own))
    } catch {
      guard error == .ofClient else { throw .tooManyLists }
      limits.count(.listsPerPeer)
      throw .limitReached(.listsPerPeer, own)
    }
    // A cancelled list may be empty because its client is gone.
    if Task.isCancelled { throw .cancelled }
    return try CatalogPage(read, list, sight)
  }

  /// The token of the page that follows a model of this page; the catalog keeps the list's snapshot for that page.
  func token(after index: Int, of page: CatalogPage, _ read: ListRead) -> String {
    if read.isConsistent { catalog.hold(page.list.snapshot) }
    return read.token(after: page.list.position(at: index), of: page.list.snapshot).text(signer)
  }

  private func past(_ read: ListRead) async throws(ReadError) -> Snapshot {
    guard var token = read.token, case .list(let revision) = token.kind else {
      return try await past(at: read.revision)
    }
    do throws(PastError) {
      if isExpired(read) { throw .unknown }
      return try await catalog.past(at: revision)
    } catch {
      token.kind = .list(revision: 0)
      expiredTokens.increase()
      throw .pageTokenExpired(revision: revision, token: token.text(signer))
    }
  }
}

/// Reads of the history, and watches.
extension CatalogReader {
  func difference(_ read: DiffRead) async throws(ReadError) -> CatalogDifference {
    let difference: CatalogDifference
    do throws(PastError) {
      difference = try await catalog.difference(
        from: read.span.from, to: read.span.to, namespace: read.namespace, filter: read.filter, now: now())
    } catch {
      throw .past(error, field: nil)
    }
    guard difference.from.revision <= difference.to.revision else { throw read.span.outOfOrder }
    return difference
  }

  /// A page of scale events, the newest first. It scans the history.
  func scaleEvents(_ read: ScaleRead) -> (events: [ScaleEvent], hasMore: Bool) {
    catalog.view.scaleEvents(namespace: read.namespace, id: read.id, after: read.after, limit: read.limit)
  }

  /// Opens a watch. It takes a slot, which the watch releases when it closes.
  func watch(_ read: WatchRead, _ kind: WatchSlot.Kind, for caller: Caller) throws(ReadError) -> ModelWatch {
    try NameLength.check(read.namespace, field: "namespace")
    let slot = try slots.take(kind, for: caller, textBytes: read.textBytes)
    return ModelWatch(read, slot, slots, catalog: catalog, sight: sight)
  }
}
