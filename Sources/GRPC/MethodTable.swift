package import HTTP2
package import Messages
internal import Synchronization

/// Every method that a server offers, found by the bytes of `:path`.
package struct MethodTable: Sendable {
  package let methods: [Method]

  /// Made once at start. A handler whose shape is not the description's is a mistake in the program.
  package init(_ services: [any Service]) {
    methods = services.flatMap { service in
      service.description.methods.map { description in
        let handler = service.handler(for: description)
        switch handler {
        case .unary?:
          precondition(!description.clientStreaming && !description.serverStreaming, "\(description.path) streams")
        case .streaming?:
          precondition(description.clientStreaming || description.serverStreaming, "\(description.path) is unary")
        case nil: break
        }
        return Method(description, handler)
      }
    }
  }

  package func find(_ head: HeaderBlock) -> Method? {
    methods.first { head.pathIs($0.path) }
  }
}

/// One method with its handler, and how often it ended how.
package final class Method: Sendable {
  package let description: MethodDescription
  package let handler: Handler?
  let path: [UInt8]
  private let counts = Mutex([Int](repeating: 0, count: Status.Code.allCases.count))

  init(_ description: MethodDescription, _ handler: Handler?) {
    self.description = description
    self.handler = handler
    path = Array(description.path.utf8)
  }

  package func count(_ code: Status.Code) {
    counts.withLock { $0[Int(code.rawValue)] += 1 }
  }

  /// Calls ended since the start, by code.
  package var endedCalls: [(code: Status.Code, count: Int)] {
    let counts = counts.withLock { $0 }
    return Status.Code.allCases.map { ($0, counts[Int($0.rawValue)]) }.filter { $0.count > 0 }
  }
}
