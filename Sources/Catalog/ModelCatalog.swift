import Synchronization

/// The one live list of models: takes observations and declarations in, keeps their facts in the store and publishes
/// what they make.
///
/// It is the store's only writer. Readers take `view` and never wait for it.
package final class ModelCatalog: Sendable {
  /// What engines told last beside their facts.
  package let readings: ReadingsBoard
  /// 32 secret bytes that stay the same as long as the store: what seals what clients are given to hand back.
  package let signingKey: [UInt8]

  let store: any Store
  let codec: any FactCodec
  let encoder: any ModelEncoder
  let line: WriteQueue
  let ledger: Mutex<Ledger>
  let published: Mutex<CatalogView>
  let pasts = Mutex(PastSnapshots())
  let differences = Mutex(KeptDifferences())
  /// Reads of the past compute and do not wait: one at a time leaves the other cores to probes and writes.
  let pastReads = AsyncMutex()
  let lists = Mutex(KeptLists())
  let held = Mutex(HeldSnapshots())
  /// The same for lists that are made off the event loops.
  let listing = AsyncMutex()
  let health = Mutex(StoreHealth())
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Loads what the store holds; throws its errors, and `CatalogError`. Writes nothing, and nothing is ready yet.
  ///
  /// `gathering` is how long a write may wait for others that are committed with it.
  package init(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard, gathering: Duration = .zero
  ) throws {
    self.store = store
    self.codec = codec
    self.encoder = encoder
    line = WriteQueue(gathering: gathering)
    let loaded = try Loading(store: store, codec: codec, encoder: encoder).load(history, shape: shape)
    ledger = Mutex(loaded.ledger)
    readings = ReadingsBoard(try store.notes(), engines: loaded.ledger.engines.keys)
    signingKey = try store.range(prefix: FactKey.signingKey).first?.value ?? SigningKey.random()
    published = Mutex(
      CatalogView(
        snapshot: loaded.snapshot, history: loaded.history, canList: loaded.snapshot.count > 0, isReady: false))
  }

  /// Loads what the store holds, off the caller's thread, once it is known to be derived by the rules of this program:
  /// when they are others than those of the program before, that is a new revision, and the past is not replayed. A
  /// store without a seal key gets one.
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
  package var view: CatalogView {
    published.withLock { $0 }
  }

  /// The latest snapshot when it may be listed, without the rest of the view: what unary reads take.
  package var readySnapshot: Snapshot? {
    published.withLock { $0.canList ? $0.snapshot : nil }
  }

  /// Says that the catalog is complete: from now on an empty list is the truth.
  package func markReady() {
    published.withLock { view in
      view.isReady = true
      view.canList = true
    }
    tellListeners()
  }

  /// Has `action` called after each publication and after `markReady`, on whatever thread that happens: it must be
  /// quick. No lock is held meanwhile.
  package func onPublish(_ action: @escaping @Sendable () -> Void) {
    listeners.withLock { $0.append(action) }
  }

  func tellListeners() {
    for action in listeners.withLock({ $0 }) {
      action()
    }
  }
}

package enum CatalogError: Error, Hashable {
  /// The store holds something under the catalog's keys that is not a record.
  case brokenRecord(key: [UInt8])
}
