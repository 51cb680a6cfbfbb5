extension Snapshot {
  /// The namespaces that have models, in order.
  package func namespaces(sight: Sight) -> [String] {
    var names: [String] = []
    while let name = namespace(after: names.last) {
      names.append(name)
    }
    return names
  }

  /// The model that an id refers to when the client names no namespace: the preferred namespace's model, else the model
  /// of the first namespace by name that has the id.
  package func firstByID(_ id: String, preferred namespace: String, sight: Sight) -> ModelRef? {
    if let found = model(ModelKey(namespace: namespace, id: id), sight: sight) { return found }
    var name = self.namespace(after: nil)
    while let current = name {
      if let found = model(ModelKey(namespace: current, id: id), sight: sight) { return found }
      name = self.namespace(after: current)
    }
    return nil
  }

  /// The ranks of one model per id, ordered by id, with the choice of `firstByID`. It visits all models.
  func distinctRanks(preferred namespace: String) -> [UInt32] {
    let names = namespaces(sight: .all)
    let own = names.filter { sameBytes($0, namespace) }
    let others = names.filter { !sameBytes($0, namespace) }
    var found: [ByteString: UInt32] = [:]
    for name in own + others {
      let ranks = ranks(name)
      for (rank, ref) in zip(ranks, ModelRefs(self, ranks: ranks)) {
        let id = ByteString(ref.key.id)
        if found[id] == nil { found[id] = UInt32(rank) }
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// One model per id, ordered by id, with the choice of `firstByID`.
  package func distinctByID(preferred namespace: String, sight: Sight) -> [ModelRef] {
    distinctRanks(preferred: namespace).map { place(of: Int($0)) }
  }

  private func namespace(after name: String?) -> String? {
    let first = name.map { rank(.end(of: $0)) } ?? 0
    return first < count ? place(of: first).key.namespace : nil
  }
}
