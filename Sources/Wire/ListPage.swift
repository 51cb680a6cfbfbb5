import CMessages
package import Messages

/// `ListModelsResponse`.
package struct ListPage: Hashable, Sendable {
  package var models: [ModelMessage] = []
  /// Empty on the last page.
  package var nextPageToken = ""
  /// Number of models in the whole list.
  package var totalSize = 0
  package var revision: Int64 = 0
  /// Sources and peers that do not answer.
  package var unreachable: [String] = []
  /// What the page's models are told by; empty where there is no such tag.
  package var etag = ""
  /// Whether the page is the one that was asked about, and so has no models.
  package var notModified = false

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ListPage {
    try withDecoded(bytes, as: Rollcall__V1__ListModelsResponse.self, limits: .response) {
      message throws(MalformedMessage) in
      let models = message.messages({ ($0.models, $0.n_models) }) { ModelMessage($0) }
      let known = models.compactMap(\.self)
      guard known.count == models.count else { throw unknownValue }
      return ListPage(
        models: known, nextPageToken: message.string { $0.next_page_token },
        totalSize: Int(message.fields.total_size), revision: message.fields.revision,
        unreachable: message.strings { ($0.unreachable, $0.n_unreachable) }, etag: message.string { $0.etag },
        notModified: message.fields.not_modified != 0)
    }
  }
}

extension ModelMessage {
  /// A packed `Model`.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ModelMessage {
    try withDecoded(bytes, as: Rollcall__V1__Model.self, limits: .response) { message throws(MalformedMessage) in
      guard let model = ModelMessage(message) else { throw unknownValue }
      return model
    }
  }
}

/// A newer server than this client.
let unknownValue = MalformedMessage(.value, "a model of a kind or state that is not known here")
