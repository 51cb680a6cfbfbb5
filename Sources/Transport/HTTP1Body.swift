import HTTP
import HTTPTypes
import NIOHTTP1

/// The body of an answer on HTTP/1.1 that is sent piece by piece.
struct HTTP1Body {
  private(set) var source: (any BodySource)?
  /// Whether the source is asked when there is room; it is not while it waits for a wake.
  var isReady = false
  /// Whether the source is being asked: a write can fail at once and lead back to it.
  var isProducing = false
  /// Nothing but the end of the connection ends the body.
  var endsWithConnection = false

  var isEndless: Bool { source?.isEndless ?? false }

  mutating func begin(_ source: any BodySource) {
    self.source = source
    isReady = true
  }

  /// Takes the source out, for it to be closed; nil when there is none.
  mutating func end() -> (any BodySource)? {
    defer { source = nil }
    return source
  }
}

extension HTTPHeaders {
  /// Those of a response; `length`: of its body, nil when it is unknown or there is none.
  init(_ response: Response, length: Int?, date: String) {
    self.init()
    add(name: "date", value: date)
    for field in response.fields { add(name: field.name.canonicalName, value: field.value) }
    // A head that was made before has it.
    if response.head == nil, let length { add(name: "content-length", value: String(length)) }
  }
}
