package import Catalog

/// How a model is written as an entry of a list, for the kinds of clients that there are.
package enum EntryShape: Hashable, Sendable, CaseIterable {
  /// OpenAI's, with Rollcall's own members: `/v1/models` unless something else is asked for.
  case openAI
  /// Of the Models API of Anthropic.
  case anthropic
  /// Of the list that Codex reads.
  case codex

  /// The entry in view BASIC; equal facts have equal bytes. Without a revision: it is hashed into strong tags that must be
  /// the same after a restart and on every replica of Rollcall.
  package func json(_ model: Model) -> [UInt8] {
    switch self {
    case .openAI: basicJSON(model)
    case .anthropic: anthropicJSON(model)
    case .codex: codexJSON(model)
    }
  }
}
