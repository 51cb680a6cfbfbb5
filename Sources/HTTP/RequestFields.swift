import HTTPTypes

/// The header fields of a request as they came: decoded one by one, on demand, while the request is answered on its event
/// loop.
package protocol RequestFields: AnyObject {
  /// The values of a field, of several lines joined by ", " (RFC 9110 5.3); nil when it is absent. `name` is in lower
  /// case.
  func value(of name: String) -> String?
}

/// Fields that are there as values.
final class FieldList: RequestFields {
  private let fields: HTTPFields

  init(_ fields: HTTPFields) {
    self.fields = fields
  }

  func value(of name: String) -> String? {
    HTTPField.Name(name).flatMap { fields[$0] }
  }
}
