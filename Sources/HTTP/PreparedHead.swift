package import HTTPTypes

/// Status and fields that many responses have, made once: transports keep their encoding of it.
package final class PreparedHead: Sendable {
  package let status: HTTPResponse.Status
  /// All fields that are sent but `date` and those of the protocol; with `content-length` where there is a body.
  package let fields: HTTPFields

  package init(status: HTTPResponse.Status, fields: HTTPFields) {
    self.status = status
    self.fields = fields
  }
}
