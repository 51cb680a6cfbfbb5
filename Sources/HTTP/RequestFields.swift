import HTTPTypes

/// The header fields of a request as the client sent them. Each field is decoded on demand, while the event loop
/// answers the request.
package protocol RequestFields: AnyObject {
  /// The value of a field, with its lines joined by ", " (RFC 9110 5.3); nil when it is absent. `name` is in lower
  /// case.
  func value(of name: String) -> String?
}

/// Header fields that exist as decoded values.
final class FieldList: RequestFields {
  private let fields: HTTPFields

  init(_ fields: HTTPFields) {
    self.fields = fields
  }

  func value(of name: String) -> String? {
    HTTPField.Name(name).flatMap { fields[$0] }
  }
}
