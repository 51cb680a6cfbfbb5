import CMessages
package import Messages

/// `ListEnginesResponse`.
package struct EnginePage: Hashable, Sendable {
  package var engines: [EngineMessage] = []
  /// Empty on the last page.
  package var nextPageToken = ""
  /// Number of engines in the whole list.
  package var totalSize = 0

  package init(engines: [EngineMessage] = [], nextPageToken: String = "", totalSize: Int = 0) {
    self.engines = engines
    self.nextPageToken = nextPageToken
    self.totalSize = totalSize
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> EnginePage {
    try withDecoded(bytes, as: Rollcall__V1__ListEnginesResponse.self, limits: .response) { message in
      EnginePage(
        engines: message.messages({ ($0.engines, $0.n_engines) }) { EngineMessage($0) },
        nextPageToken: message.string { $0.next_page_token }, totalSize: Int(message.fields.total_size))
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListEnginesResponse.self) { draft in
      draft.fields.n_engines = engines.count
      draft.fields.engines = draft.messages(engines, as: Rollcall__V1__Engine.self) { $1.fill($0) }
      draft.fields.next_page_token = draft.text(nextPageToken)
      draft.fields.total_size = Int32(clamping: totalSize)
    }
  }
}
