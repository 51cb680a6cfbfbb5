import CMessages
package import Messages

/// `ListModelsRequest`.
package struct ListRequest: Hashable, Sendable {
  package var namespace = ""
  package var pageSize: Int32 = 0
  package var pageToken = ""
  package var filter = ""
  package var orderBy = ""
  package var view = ModelView.basic
  package var atRevision: Int64 = 0
  package var ifNoneMatch = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ListRequest {
    try withDecoded(bytes, as: Rollcall__V1__ListModelsRequest.self) { message throws(MalformedMessage) in
      var request = ListRequest()
      let fields = message.fields
      request.namespace = message.string { $0.namespace_ }
      request.pageSize = fields.page_size
      request.pageToken = message.string { $0.page_token }
      request.filter = message.string { $0.filter }
      request.orderBy = message.string { $0.order_by }
      request.view = try ModelView(fields.view)
      request.atRevision = fields.at_revision
      request.ifNoneMatch = message.string { $0.if_none_match }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListModelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
      draft.fields.filter = draft.text(filter)
      draft.fields.order_by = draft.text(orderBy)
      draft.fields.view = view.message
      draft.fields.at_revision = atRevision
      draft.fields.if_none_match = draft.text(ifNoneMatch)
    }
  }
}

/// `ListModelsResponse`.
package struct ListPage: Hashable, Sendable {
  package var models: [ModelMessage] = []
  /// The token of the next page; empty on the last page.
  package var nextPageToken = ""
  /// The number of models in the whole list.
  package var totalSize = 0
  package var revision: Int64 = 0
  /// The names of sources and peers that do not answer.
  package var unreachable: [String] = []
  /// The tag of the page's models; empty where there is none.
  package var etag = ""
  /// Whether the client already has this page, so that the answer holds no models.
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

/// The error for a model from a newer server than this client.
let unknownValue = MalformedMessage(.value, "a model of a kind or state that is not known here")

/// The fields that follow the elements in a `ListModelsResponse`: the second field and all later fields.
package enum ListTail {
  package static func encode(
    nextPageToken: String = "", totalSize: Int = 0, revision: Int64 = 0, unreachable: [String] = [], etag: String = "",
    notModified: Bool = false
  ) -> [UInt8] {
    pack(Rollcall__V1__ListModelsResponse.self) { draft in
      draft.fields.next_page_token = draft.text(nextPageToken)
      draft.fields.total_size = Int32(clamping: totalSize)
      draft.fields.revision = revision
      draft.fields.n_unreachable = unreachable.count
      draft.fields.unreachable = draft.texts(unreachable)
      draft.fields.etag = draft.text(etag)
      draft.fields.not_modified = notModified ? 1 : 0
    }
  }
}
