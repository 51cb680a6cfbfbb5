/// The live list of models: takes observations and declarations in, keeps their facts in the store, and publishes the
/// models that they make.
///
/// It composes its parts and forwards to them: `CatalogWriter` owns the facts and the writes, `CatalogPublisher` the
/// published view, `ListMaker` lists, `PastReader` reads of the past, and `Housekeeper` does what the passing of time asks
/// for. In which order they take their locks is written down in `LockOrder.md`. Readers take `view` and never wait for a
/// writer.
package final class ModelCatalog: Sendable {
  /// The latest readings of every engine.
  package let readings: ReadingsBoard
  /// 32 secret bytes that stay the same as long as the store: they sign the tokens that clients hand back.
  package let signingKey: [UInt8]

  let writer: CatalogWriter
  private let store: MonitoredStore
  private let publisher: CatalogPublisher
  private let past: PastReader
  private let lists: ListMaker
  private let housekeeper: Housekeeper

  /// Loads what the store holds; throws its errors, and `CatalogError`. Writes nothing, and nothing is ready yet.
  ///
  /// `gathering` is how long a write may wait for others that are committed with it.
  package init(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard, gathering: Duration = .zero
  ) throws {
    let loaded = try CatalogLoader(store: store, codec: codec, encoder: encoder).load(history, shape: shape)
    readings = ReadingsBoard(try store.hints(), engines: loaded.ledger.engines.keys)
    signingKey = try store.range(prefix: FactKey.signingKey).first?.value ?? SigningKey.random()
    self.store = MonitoredStore(store, codec: codec)
    publisher = CatalogPublisher(loaded.snapshot, loaded.history, encoder: encoder)
    writer = CatalogWriter(
      loaded.ledger, store: self.store, publisher: publisher, encoder: encoder, gathering: gathering)
    past = PastReader(publisher: publisher, encoder: encoder)
    lists = ListMaker(publisher: publisher, readings: readings)
    housekeeper = Housekeeper(
      store: self.store, publisher: publisher, writer: writer, past: past, lists: lists, readings: readings)
  }

  /// Loads what the store holds, off the caller's thread, once the store names the rules of this program as the ones that
  /// its models are derived by: other rules than before are a new revision, and the past is not replayed. A store without
  /// a signing key gets one.
  @concurrent
  package static func open(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard, gathering: Duration = .zero, now: Timestamp
  ) async throws -> ModelCatalog {
    let known = try store.range(prefix: FactKey.deriveKey).first
    var operations: [StoreOperation] = []
    if try store.range(prefix: FactKey.signingKey).isEmpty {
      operations.append(.put(key: FactKey.signingKey, value: SigningKey.random()))
    }
    if known.flatMap({ codec.decodeDeriveVersion($0.value) }) != deriveVersion {
      operations.append(.put(key: FactKey.deriveKey, value: codec.encode(deriveVersion: deriveVersion)))
      _ = try await store.commit(StoreTransaction(operations: operations, time: now))
    } else if !operations.isEmpty {
      // On a disk that takes no writes the key is this process's alone.
      _ = try? await store.commit(StoreTransaction(operations: operations, time: now))
    }
    return try ModelCatalog(
      store: store, codec: codec, encoder: encoder, history: history, shape: shape, gathering: gathering)
  }

  /// The latest; from any thread.
  package var view: CatalogView { publisher.view }

  /// The latest snapshot when it may be listed, without the rest of the view: what unary reads take. nil before that.
  package var readySnapshot: Snapshot? { publisher.readySnapshot }

  /// Says that the catalog is complete: from now on an empty list is the truth.
  package func markReady() { publisher.markReady() }

  /// Has `action` called after each publication and after `markReady`, on whatever thread that happens: it must be
  /// quick. No lock is held meanwhile.
  package func onPublish(_ action: @escaping @Sendable () -> Void) { publisher.onPublish(action) }

  /// A list that is at hand, or of so few models that an event loop may make it; nil: ask `list`.
  package func listNow(_ query: ListQuery, of snapshot: Snapshot) -> ListResult? { lists.listNow(query, of: snapshot) }

  /// A list of any size, made off the caller's thread, once for all callers that ask the same of the same revision. Empty
  /// when the caller's task is cancelled.
  package func list(_ query: ListQuery, of snapshot: Snapshot) async throws(TooManyLists) -> ListResult {
    try await lists.list(query, of: snapshot)
  }

  /// Holds a snapshot for the pages that may follow: for 60 s from its last use, and no more than the last 64, of which 4
  /// may be rebuilt from the history.
  package func hold(_ snapshot: Snapshot) { lists.hold(snapshot) }

  /// The snapshot of a revision, when it is the present one or held.
  package func held(at revision: Int64) -> Snapshot? { lists.held(at: revision) }

  /// All models as they were at a public revision. Made off the caller's thread, once for all callers that ask; the last
  /// few are cached.
  package func past(at revision: Int64) async throws(PastError) -> Snapshot { try await past.snapshot(at: revision) }

  /// What differs between two moments; `namespace` nil is all. Through a filter, which uses no readings, a model that
  /// enters it is ADDED and one that leaves it REMOVED. Empty when the moments are in the wrong order.
  ///
  /// Made off the caller's thread, once for all callers that ask. The last few are cached, also when the history drops
  /// meanwhile what they compare.
  package func difference(
    from: PastPoint, to: PastPoint, namespace: String?, filter: Filter? = nil
  ) async throws(PastError) -> CatalogDifference {
    try await past.difference(DifferenceCache.Request(from: from, to: to, namespace: namespace, filter: filter))
  }

  /// Does what the passing of time asks for: drops the past that is too old, keeps when engines answered last, and forgets
  /// models that are absent for longer than `remember`. To be called now and then, and at the end. Throws `StoreError`.
  package func housekeep(at now: Timestamp, remember: Duration) async throws {
    try await housekeeper.housekeep(at: now, remember: remember)
  }

  /// Set while nothing can be written; reads go on, but what the list shows may be old.
  package var storeFailure: StoreFailure? { store.failure }
  package var storeFigures: StoreFigures { store.figures }

  /// Lists that are cached, snapshots that are held, and lists that wait for their turn.
  package var listFigures: (kept: Int, snapshots: Int, waiting: Int) {
    let caches = lists.cacheFigures
    return (caches.lists.count, caches.snapshots.count, lists.waitingCount)
  }

  /// The figures of every cache of the catalog, by its name in metrics.
  package var cacheFigures: [(name: String, figures: CacheFigures)] {
    let (lists, past) = (lists.cacheFigures, past.cacheFigures)
    return [
      ("lists", lists.lists), ("list_snapshots", lists.snapshots), ("past_snapshots", past.snapshots),
      ("differences", past.differences),
    ]
  }
}

package enum CatalogError: Error, Hashable {
  /// The store holds something under the catalog's keys that is not a record.
  case brokenRecord(key: [UInt8])
}
