package import HTTPTypes

/// Status and fields that many responses have, made once: transports keep what they make of it.
package final class PreparedHead: Sendable {
  package let status: HTTPResponse.Status
  /// All that is sent but `date` and what the protocol needs; with `content-length` where there is a body.
  package let fields: HTTPFields

  package init(status: HTTPResponse.Status, fields: HTTPFields) {
    self.status = status
    self.fields = fields
  }
}
