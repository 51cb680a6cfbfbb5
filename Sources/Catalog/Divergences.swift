/// What replicas of one model disagree on, of those that tell a value at all: context length, root, parent.
/// `served` is ordered by engine id.
func divergences(of served: [ServedModel]) -> [Divergence] {
  guard served.count > 1 else { return [] }
  var found: [Divergence] = []
  let lengths = served.filter { $0.maxModelLen > 0 }
  if let first = lengths.first, lengths.contains(where: { $0.maxModelLen != first.maxModelLen }) {
    let holders = Dictionary(grouping: lengths, by: \.maxModelLen).sorted { $0.key < $1.key }
    found.append(
      Divergence(field: "max_model_len", values: holders.map { (String($0.key), $0.value.map(\.engine.id)) }))
  }
  if let root = divergence("root", of: served, by: \.root) { found.append(root) }
  if let parent = divergence("parent", of: served, by: \.parent) { found.append(parent) }
  return found
}

private func divergence(
  _ name: String, of served: [ServedModel], by field: KeyPath<ReplicaFacts, String>
) -> Divergence? {
  let telling = served.filter { !$0.replica[keyPath: field].isEmpty }
  guard let first = telling.first?.replica[keyPath: field],
    telling.contains(where: { !sameBytes($0.replica[keyPath: field], first) })
  else { return nil }
  let holders = Dictionary(grouping: telling) { Name($0.replica[keyPath: field]) }.sorted { $0.key < $1.key }
  return Divergence(field: name, values: holders.map { ($0.key.text, $0.value.map(\.engine.id)) })
}
