internal import NIOHTTP1

extension Answer {
  /// An error object as vLLM writes it.
  static func error(
    _ status: HTTPResponseStatus, type: String, param: String? = nil, _ message: String
  ) -> Answer {
    let fields = #""message":\#(quoted(message)),"type":\#(quoted(type)),"param":\#(quoted(param))"#
    return .json(#"{"error":{\#(fields),"code":\#(status.code)}}"#, status: status)
  }
}
