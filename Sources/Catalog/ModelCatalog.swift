/// The live list of models: it takes observations and declarations, keeps their facts in the store, and publishes the
/// models that they make.
///
/// It composes its parts and forwards to them. `CatalogWriter` owns the facts and the writes, and `CatalogPublisher`
/// the published view. `ListMaker` makes lists, `PastReader` reads the past, and `Housekeeper` does the periodic work.
/// `LockOrder.md` states the order of their locks. Readers take `view` and never wait for a writer.
package final class ModelCatalog: Sendable {
  /// The latest readings of every engine.
  package let readings: ReadingsBoard
  /// 32 secret bytes that sign the tokens that clients hand back. They stay the same for the life of the store.
  package let signingKey: [UInt8]

  let writer: CatalogWriter
  private let store: MonitoredStore
  private let publisher: CatalogPublisher
  private let past: PastReader
  private let lists: ListMaker
  private let housekeeper: Housekeeper
  private let uptime: Uptime
  private let supervisor: StoreSupervisor

  /// Loads the store's content; throws the store's errors and `CatalogError`. It writes nothing, and the catalog is not
  /// ready yet.
  ///
  /// `gathering` is how long a write may wait for other writes of the same commit. `absentLimit` is the largest number of
  /// models that the catalog remembers while no engine serves them. `uptime` is this process's, from which all ages
  /// count.
  package init(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard, gathering: Duration = .zero, absentLimit: Int = ModelCatalog.absentLimit,
    uptime: @escaping Uptime = processUptime()
  ) throws {
    let loaded = try CatalogLoader(store: store, codec: codec, encoder: encoder).load(history, shape: shape)
    let hints = try store.hints()
    readings = ReadingsBoard(hints, engines: loaded.ledger.engines.keys)
    signingKey = try store.range(prefix: FactKey.signingKey).first?.value ?? SigningKey.random()
    self.store = MonitoredStore(store, codec: codec)
    self.uptime = uptime
    let storeUptime = StoreUptime(hints, loaded.ledger, own: uptime)
    publisher = CatalogPublisher(loaded.snapshot, loaded.history, encoder: encoder, uptime: uptime)
    writer = CatalogWriter(
      loaded.ledger, store: self.store, publisher: publisher, encoder: encoder,
      settings: WriterSettings(gathering: gathering, absentLimit: absentLimit, uptime: storeUptime))
    past = PastReader(publisher: publisher, encoder: encoder)
    lists = ListMaker(publisher: publisher, readings: readings)
    supervisor = StoreSupervisor(store: self.store, writer: writer)
    housekeeper = Housekeeper(
      store: self.store, publisher: publisher, writer: writer, past: past, lists: lists, readings: readings,
      uptime: storeUptime)
  }

  /// The largest number of models that a server remembers while no engine serves them.
  package static let absentLimit = 100_000

  /// Loads the store's content, off the caller's thread. It first stores the version of this program's rules: a change
  /// of rules is a new revision, and the loader does not replay the past before it. A store without a signing key gets
  /// a new key, and one that may be behind its clients gets a new revision.
  @concurrent
  package static func open(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard, gathering: Duration = .zero, absentLimit: Int = ModelCatalog.absentLimit,
    uptime: @escaping Uptime = processUptime(), now: Timestamp
  ) async throws -> ModelCatalog {
    let known = try store.range(prefix: FactKey.deriveKey).first
    var operations: [StoreOperation] = []
    if store.mayBeBehind {
      // Clients may know later revisions, so the list begins with a revision after them.
      operations.append(.put(key: FactKey.leapKey, value: Array(String(store.revision).utf8)))
    }
    if try store.range(prefix: FactKey.signingKey).isEmpty {
      operations.append(.put(key: FactKey.signingKey, value: SigningKey.random()))
    }
    let isNewDerivation = known.flatMap { codec.decodeDeriveVersion($0.value) } != deriveVersion
    if isNewDerivation {
      operations.append(.put(key: FactKey.deriveKey, value: codec.encode(deriveVersion: deriveVersion)))
      _ = try await store.commit(StoreTransaction(operations: operations, time: now))
    }
    var failure: StoreError?
    if !operations.isEmpty, !isNewDerivation {
      do throws(StoreError) {
        _ = try await store.commit(StoreTransaction(operations: operations, time: now))
      } catch {
        // On a read-only disk the signing key lasts only as long as this process.
        failure = error
      }
    }
    let catalog = try ModelCatalog(
      store: store, codec: codec, encoder: encoder, history: history, shape: shape, gathering: gathering,
      absentLimit: absentLimit, uptime: uptime)
    if store.mayBeBehind, let failure {
      // The list must not show an earlier revision than clients know, so it begins in memory.
      catalog.store.diverged(failure, at: now)
      await catalog.writer.bypassStore(at: now)
    }
    return catalog
  }

  /// The latest view, from any thread.
  package var view: CatalogView { publisher.view }

  /// The latest snapshot, for unary reads, which need no other part of the view; nil until clients may list it.
  package var readySnapshot: Snapshot? { publisher.readySnapshot }

  /// Marks the catalog complete: from now on an empty list is correct.
  package func markReady() { publisher.markReady() }

  /// Adds a listener that the catalog calls after each publication and after `markReady`, on any thread. It must be
  /// quick. The catalog holds no lock meanwhile.
  package func onPublish(_ action: @escaping @Sendable () -> Void) { publisher.onPublish(action) }

  /// A list that is cached, or small enough for an event loop to make; nil means that the caller must use `list`.
  package func listNow(_ query: ListQuery, of snapshot: Snapshot) -> ListResult? { lists.listNow(query, of: snapshot) }

  /// A list of any size, made off the caller's thread, once for all callers with the same query and revision. Empty
  /// when the caller's task is cancelled. Throws when too many lists wait, of all clients or of this one.
  package func list(
    _ query: ListQuery, of snapshot: Snapshot, for client: ListClient = .unlimited
  ) async throws(TooManyLists) -> ListResult {
    try await lists.list(query, of: snapshot, for: client)
  }

  /// Holds a snapshot for further pages, for 60 s after its last use. The catalog holds at most the last 64 snapshots,
  /// of which at most 4 are rebuilt from the history.
  package func hold(_ snapshot: Snapshot) { lists.hold(snapshot) }

  /// The snapshot of a revision; nil unless it is the present one or held.
  package func held(at revision: Int64) -> Snapshot? { lists.held(at: revision) }

  /// All models as they were at a public revision. Made off the caller's thread, once for all callers of the same
  /// revision. The catalog caches the last few.
  package func past(at revision: Int64) async throws(PastError) -> Snapshot { try await past.snapshot(at: revision) }

  /// The difference between two moments; a nil `namespace` covers all. A filter must not use readings; a model that
  /// enters it is ADDED, and one that leaves it REMOVED. Empty when the moments are in the wrong order. `now` is what the
  /// wall clock shows, for moments that are times.
  ///
  /// Made off the caller's thread, once for all callers of the same comparison. The catalog caches the last few, even
  /// after the history drops the revisions that they compare.
  package func difference(
    from: PastPoint, to: PastPoint, namespace: String?, filter: Filter? = nil, now: Timestamp
  ) async throws(PastError) -> CatalogDifference {
    let present = PresentTime(wall: now, uptime: uptime())
    return try await past.difference(
      DifferenceCache.Request(from: from, to: to, namespace: namespace, filter: filter, present: present))
  }

  /// Does the periodic work: drops the past that is too old, stores when each engine last answered, and forgets models
  /// that are absent for longer than `remember`, by the uptime of the store. The caller calls it at intervals and before the process ends. Throws
  /// `StoreError`.
  package func housekeep(at now: Timestamp, remember: Duration) async throws {
    try await housekeeper.housekeep(at: now, remember: remember)
  }

  /// Watches over the store: after 10 s without a write the list goes on from memory, and when the store recovers,
  /// everything is stored. The caller calls it at least once a second. It never waits for the store: the returned task
  /// does the work that follows; nil: there is none.
  @discardableResult
  package func superviseStore(now: ContinuousClock.Instant, at wall: Timestamp) -> Task<Void, Never>? {
    supervisor.supervise(now: now, at: wall)
  }

  /// The failure that prevents writes; nil while writes succeed. Reads go on meanwhile. Until the list goes on from
  /// memory, it may be out of date.
  package var storeFailure: StoreFailure? { store.failure }
  /// The figures of all commits since the start.
  package var storeFigures: StoreFigures { store.figures }

  /// The numbers of cached lists, of held snapshots, and of lists that wait for their turn.
  package var listFigures: (kept: Int, snapshots: Int, waiting: Int) {
    let caches = lists.cacheFigures
    return (caches.lists.count, caches.snapshots.count, lists.waitingCount)
  }

  /// The figures of each cache of the catalog, by the cache's name in metrics.
  package var cacheFigures: [(name: String, figures: CacheFigures)] {
    let (lists, past) = (lists.cacheFigures, past.cacheFigures)
    return [
      ("lists", lists.lists), ("list_snapshots", lists.snapshots), ("past_snapshots", past.snapshots),
      ("differences", past.differences),
    ]
  }
}

/// Why a catalog cannot be loaded.
package enum CatalogError: Error, Hashable {
  /// The store holds a value under one of the catalog's keys that is not a record.
  case brokenRecord(key: [UInt8])
}
