import Catalog

/// The facts of models that the last probes left open, because an answer beside the list was missing or broken, or the
/// list was empty after one that was not. Such a fact stays what it was until `fall` probes in a row left it open.
struct Unconfirmed: Hashable, Sendable {
  /// The number of probes in a row that left a fact open.
  private var misses: [DialectPart.Fact: Int] = [:]
  /// The number of empty lists in a row.
  private var emptyLists = 0
  /// Whether the last probe left open what counts still.
  private(set) var isDoubtful = false

  /// The models of a report, with the open facts as they are known. `known`: the models so far; nil: none.
  mutating func models(of report: EngineReport, known: [ReplicaFacts]?, fall: Int) -> [ReportedModel] {
    let known = known ?? []
    isDoubtful = false
    emptyLists = report.models.isEmpty && !known.isEmpty ? emptyLists + 1 : 0
    misses = Dictionary(uniqueKeysWithValues: report.open.map { ($0, (misses[$0] ?? 0) + 1) })
    if (1..<fall).contains(emptyLists) {
      isDoubtful = true
      return known.map { ReportedModel($0).keeping([.condition], of: $0) }
    }
    let kept = Set(misses.filter { $0.value < fall }.keys)
    guard !kept.isEmpty else { return report.models }
    isDoubtful = true
    let facts = Dictionary(known.map { (ByteString($0.modelID), $0) }) { first, _ in first }
    return report.models.map { model in
      facts[ByteString(model.facts.modelID)].map { model.keeping(kept, of: $0) } ?? model
    }
  }
}

extension ReportedModel {
  /// The model with these facts as they are known.
  fileprivate func keeping(_ kept: Set<DialectPart.Fact>, of known: ReplicaFacts) -> ReportedModel {
    var model = self
    if kept.contains(.maxModelLen) { model.facts.maxModelLen = known.maxModelLen }
    if kept.contains(.version) { model.facts.version = known.version }
    if kept.contains(.condition) {
      model = ReportedModel(model.facts)
      if let condition = known.condition { model.become(condition.state, cause: condition.cause, condition.reason) }
    }
    return model
  }
}
