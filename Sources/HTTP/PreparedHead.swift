package import HTTPTypes

/// The status and fields that many responses share, made once: a transport keeps its encoding of them.
package final class PreparedHead: Sendable {
  package let status: HTTPResponse.Status
  /// All fields that the transport sends, except `date` and those of its protocol; with `content-length` where there is
  /// a body.
  package let fields: HTTPFields

  package init(status: HTTPResponse.Status, fields: HTTPFields) {
    self.status = status
    self.fields = fields
  }
}
