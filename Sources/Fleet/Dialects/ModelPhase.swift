package import Catalog

/// The state that an engine reports of one of its models, as gateways, routers and engines that load on demand write
/// it: a word, or a word under `value` (llama.cpp's router, llama-swap) or `state`.
package struct ModelPhase: Decodable, Hashable, Sendable {
  package var state: ModelState
  package var cause: StateCause?
  package var reason = ""

  init(_ state: ModelState, cause: StateCause? = nil, _ reason: String = "") {
    (self.state, self.cause, self.reason) = (state, cause, reason)
  }

  /// nil for a word that is not known.
  init?(word: String) {
    switch word.lowercased().replacing("_", with: "-") {
    case "loaded", "ready", "running": self.init(.ready)
    case "loading", "starting": self.init(.loading)
    case "downloading": self.init(.loading, "downloading")
    case "unloaded", "not-loaded", "stopped": self.init(.cold)
    case "sleeping", "asleep": self.init(.cold, cause: .asleep, "sleeping")
    case "unloading", "stopping": self.init(.draining)
    case "failed", "error": self.init(.failed, Self.failure)
    default: return nil
    }
  }

  private static let failure = "the model failed to load"

  private enum CodingKeys: CodingKey { case value, state, failed }

  package init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard let phase = ModelPhase(word: word) else { throw UnknownWord() }
      self = phase
      return
    }
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    if (try? fields.decodeIfPresent(Bool.self, forKey: .failed)) == true {
      self.init(.failed, Self.failure)
      return
    }
    let words = [CodingKeys.value, .state].compactMap { try? fields.decode(String.self, forKey: $0) }
    guard let phase = words.lazy.compactMap({ ModelPhase(word: $0) }).first else { throw UnknownWord() }
    self = phase
  }

  private struct UnknownWord: Error {}
}

extension ReportedModel {
  mutating func become(_ phase: ModelPhase) { become(phase.state, cause: phase.cause, phase.reason) }
}
