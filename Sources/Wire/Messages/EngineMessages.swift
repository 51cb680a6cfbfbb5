import CMessages
package import Messages

/// `ListEnginesRequest`.
package struct ListEnginesRequest: Hashable, Sendable {
  package var namespace = ""
  package var pageSize: Int32 = 0
  package var pageToken = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ListEnginesRequest {
    try withDecoded(bytes, as: Rollcall__V1__ListEnginesRequest.self) { message in
      var request = ListEnginesRequest()
      request.namespace = message.string { $0.namespace_ }
      request.pageSize = message.fields.page_size
      request.pageToken = message.string { $0.page_token }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListEnginesRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
    }
  }
}

/// `GetEngineRequest`.
package struct GetEngineRequest: Hashable, Sendable {
  package var namespace = ""
  package var id: String

  package init(namespace: String = "", id: String) {
    self.namespace = namespace
    self.id = id
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> GetEngineRequest {
    try withDecoded(bytes, as: Rollcall__V1__GetEngineRequest.self) { message in
      GetEngineRequest(namespace: message.string { $0.namespace_ }, id: message.string { $0.id })
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__GetEngineRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.id = draft.text(id)
    }
  }
}

/// `ListEnginesResponse`.
package struct EnginePage: Hashable, Sendable {
  package var engines: [EngineMessage] = []
  /// The token of the next page; empty on the last page.
  package var nextPageToken = ""
  /// The number of engines in the whole list.
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

/// Writes a `ListEnginesResponse` engine by engine, as long as it stays within its limit.
package struct EnginePageWriter: ~Copyable {
  /// The number of engines in the response.
  package private(set) var count = 0
  private var bytes: [UInt8] = []
  private let maxBytes: Int

  package init(maxBytes: Int) {
    self.maxBytes = maxBytes
  }

  /// Appends an engine. Returns false when there is no room for it; the first engine always has room.
  package mutating func append(_ engine: EngineMessage) -> Bool {
    let element = pack(Rollcall__V1__Engine.self, header: .field(1)) { engine.fill($0) }
    guard count == 0 || bytes.count + element.count <= maxBytes else { return false }
    bytes += element
    count += 1
    return true
  }

  package consuming func finish(nextPageToken: String, totalSize: Int) -> [UInt8] {
    bytes + EnginePage(nextPageToken: nextPageToken, totalSize: totalSize).encode()
  }
}
