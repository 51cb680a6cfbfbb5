extension Snapshot {
  /// The namespaces that have models, in order.
  package func namespaces(sight: Sight) -> [String] {
    var names: [String] = []
    while let name = namespace(after: names.last) {
      names.append(name)
    }
    return names
  }

  /// The model that an id means when the client names no namespace: the model of the preferred one, else of the first by name
  /// that has it.
  package func firstByID(_ id: String, preferred namespace: String, sight: Sight) -> ModelRef? {
    if let found = model(ModelKey(namespace: namespace, id: id), sight: sight) { return found }
    var name = self.namespace(after: nil)
    while let current = name {
      if let found = model(ModelKey(namespace: current, id: id), sight: sight) { return found }
      name = self.namespace(after: current)
    }
    return nil
  }

  /// Each id once, in the order of ids, as `firstByID` means it. Costs a pass over all models.
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

  /// Those models.
  package func distinctByID(preferred namespace: String, sight: Sight) -> [ModelRef] {
    distinctRanks(preferred: namespace).map { place(of: Int($0)) }
  }

  private func namespace(after name: String?) -> String? {
    let first = name.map { rank(.end(of: $0)) } ?? 0
    return first < count ? place(of: first).key.namespace : nil
  }
}
