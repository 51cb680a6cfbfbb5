import HTTP
import HTTPTypes
import Wire

/// What a request for `/v1/models` asks for. Parameters that are not known are left alone, as clients send their own.
struct ModelsQuery: Hashable {
  /// nil: none was named.
  var namespace: String?
  var view = ModelView.basic
  var watches = false
  /// 0: the whole list first.
  var startRevision: Int64 = 0
  /// 0: the present.
  var atRevision: Int64 = 0

  init(_ request: Request) throws(OpenAIError) {
    do throws(QueryError) {
      let query = try Query(request.query)
      namespace = try query.value("namespace")
      view = try query.view()
      watches = try Self.flag("watch", try query.value("watch"))
      let start = try query.value("start_revision")
      for name in ["filter", "order_by"] where try query.value(name) != nil {
        throw QueryError(parameter: name, problem: .unsupported)
      }
      atRevision = try query.revision("at_revision")
      guard watches else { return }
      guard atRevision == 0 else {
        throw QueryError(parameter: "at_revision", problem: .value("left out of a watch"))
      }
      // A client that reconnects repeats its address, and tells in the field where it stopped.
      let resumed = request[.lastEventID].flatMap { $0.isEmpty ? nil : $0 }
      startRevision = try parsedRevision(resumed == nil ? "start_revision" : "Last-Event-ID", resumed ?? start)
    } catch {
      throw .invalid(error)
    }
  }

  private static func flag(_ name: String, _ text: String?) throws(QueryError) -> Bool {
    switch text {
    case nil, "false", "0": return false
    case "true", "1": return true
    default: throw QueryError(parameter: name, problem: .value("true or false"))
    }
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
