/// A filter as a tree of typed predicates, at most as deep as a filter may nest.
indirect enum FilterNode: Hashable, Sendable {
  case all([FilterNode])
  case any([FilterNode])
  case not(FilterNode)
  case model(ModelField, ValueTest)
  /// True when any replica passes.
  case replicas(ReplicaField, ValueTest)
  /// True when any divergence passes.
  case divergences(DivergenceField, ValueTest)
  /// True when the group is not empty.
  case group(FilterField.Group)
  /// A bare word, which a name or a text of the model must contain.
  case word(SubstringMatcher)

  func matches(_ model: Model, _ readings: ReadingsLookup) -> Bool {
    switch self {
    case .all(let nodes): nodes.allSatisfy { $0.matches(model, readings) }
    case .any(let nodes): nodes.contains { $0.matches(model, readings) }
    case .not(let node): !node.matches(model, readings)
    case .model(let field, let test): test.holds(field.value(of: model, readings))
    case .replicas(let field, let test): field.holds(ofAnyReplica: model, test, readings)
    case .divergences(let field, let test): model.divergences.contains { field.holds(of: $0, test) }
    case .group(let group): group.isFilled(in: model, readings)
    case .word(let needle): Self.contains(needle, model)
    }
  }

  /// Whether one of the texts by which people know a model contains the word.
  private static func contains(_ needle: SubstringMatcher, _ model: Model) -> Bool {
    needle.isIn(model.key.id) || needle.isIn(model.parent) || needle.isIn(model.root) || needle.isIn(model.ownedBy)
      || model.labels.values.contains { needle.isIn($0) }
  }
}

extension ReplicaField {
  fileprivate func holds(ofAnyReplica model: Model, _ test: ValueTest, _ readings: ReadingsLookup) -> Bool {
    for index in model.replicas.indices where test.holds(value(index, of: model, readings)) { return true }
    return false
  }
}

extension FilterField.Group {
  func isFilled(in model: Model, _ readings: ReadingsLookup) -> Bool {
    switch self {
    case .labels: !model.labels.isEmpty
    case .readings: readings.readings(of: model) != nil
    case .replicas: !model.replicas.isEmpty
    case .replicaReadings: model.replicas.contains { readings.readings($0.engineID, model.key.id) != nil }
    case .replicaResources: model.replicas.contains { !readings.resources($0.engineID, model.key.id).isEmpty }
    case .divergences: !model.divergences.isEmpty
    case .divergenceValues: model.divergences.contains { !$0.values.isEmpty }
    }
  }
}
