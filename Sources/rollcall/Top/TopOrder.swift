internal import ArgumentParser
internal import Catalog
internal import Wire

/// The order of `rollcall top`: the largest value first, unknown values last, and equal values by id.
enum TopOrder: String, ExpressibleByArgument, CaseIterable {
  case running
  case waiting
  case kv
  case tokens
  case ttft
  case id

  func sorted(_ models: some Sequence<ModelMessage>) -> [ModelMessage] {
    models.map { (message: $0, value: value($0.readings) ?? -1) }.sorted { a, b in
      if a.value != b.value { return a.value > b.value }
      let (left, right) = (a.message.model.key, b.message.model.key)
      return (left.id, left.namespace) < (right.id, right.namespace)
    }.map(\.message)
  }

  private func value(_ readings: Readings?) -> Double? {
    switch self {
    case .running: readings?.runningRequests
    case .waiting: readings?.waitingRequests
    case .kv: readings?.kvCacheUsage
    case .tokens: readings?.generationTokensPerSecond
    case .ttft: readings?.ttftP50
    case .id: nil
    }
  }
}
