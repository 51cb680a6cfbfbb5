extension Snapshot {
  /// The namespaces that have models, in order.
  package func namespaces(sight: Sight) -> [String] {
    var names: [String] = []
    while let name = namespace(after: names.last) {
      names.append(name)
    }
    return names
  }

  /// What an id means to a caller who names no namespace: the model of the preferred one, else of the first by name
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

  /// Each id once, in the order of ids, as `firstByID` means it. Costs a pass over all models; with one namespace
  /// alone it is that namespace's list.
  package func distinctByID(preferred namespace: String, sight: Sight) -> [ModelRef] {
    let names = namespaces(sight: sight)
    guard names.count > 1 else { return Array(refs(namespace: nil, sight: sight)) }
    let own = names.filter { sameBytes($0, namespace) }
    let others = names.filter { !sameBytes($0, namespace) }
    var found: [Name: ModelRef] = [:]
    for name in own + others {
      for ref in refs(namespace: name, sight: sight) {
        let id = Name(ref.key.id)
        if found[id] == nil { found[id] = ref }
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  private func namespace(after name: String?) -> String? {
    let first = name.map { rank(.end(of: $0)) } ?? 0
    return first < count ? place(of: first).key.namespace : nil
  }
}
