import Synchronization

/// The one live list of models: takes observations in, keeps their facts in the store and publishes what they make.
///
/// It is the store's only writer. Readers take `view` and never wait for it.
package final class Catalogue: Sendable {
  /// What engines told last beside their facts.
  package let readings = ReadingsBoard()

  let store: any Store
  let codec: any FactCodec
  let encoder: any ModelEncoder
  let turnstile = Turnstile()
  let ledger: Mutex<Ledger>
  let published: Mutex<CatalogueView>
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Loads what the store holds; throws its errors, and `CatalogueError.brokenRecord`. Nothing is ready yet.
  package init(
    store: any Store, codec: any FactCodec, encoder: any ModelEncoder, history: HistoryLimits = HistoryLimits(),
    shape: TreeShape = .standard
  ) throws {
    self.store = store
    self.codec = codec
    self.encoder = encoder
    let head = store.epoch + store.revision
    var ledger = Ledger()
    var changes: [(change: FactChange, modified: Int64)] = []
    for prefix in [FactKey.seenPrefix, FactKey.replicaPrefix, FactKey.enginePrefix] {
      for entry in try store.range(prefix: prefix) {
        guard let change = FactChange(entry, codec: codec) else { throw CatalogueError.brokenRecord(key: entry.key) }
        changes.append((change, entry.modified))
      }
    }
    let models = ledger.apply(changes).compactMap { key -> (model: Model, encoded: EncodedModel)? in
      guard var model = ledger.derived(key) else { return nil }
      model.revision = store.epoch + ledger.modified(key)
      return (model, encoder.encode(model))
    }
    self.ledger = Mutex(ledger)
    published = Mutex(
      CatalogueView(
        snapshot: Snapshot(revision: head, models: models, shape: shape),
        history: HistoryRing(after: head, limits: history), isReady: false))
  }

  /// The latest; from any thread.
  package var view: CatalogueView {
    published.withLock { $0 }
  }

  /// The latest snapshot once the catalogue is ready, without the rest of the view: what unary reads take.
  package var readySnapshot: Snapshot? {
    published.withLock { $0.isReady ? $0.snapshot : nil }
  }

  /// Says that the catalogue is complete: from now on an empty list is the truth.
  package func markReady() {
    published.withLock { $0.isReady = true }
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

package enum CatalogueError: Error, Hashable {
  /// The store holds something under the catalogue's keys that is not a record.
  case brokenRecord(key: [UInt8])
}
