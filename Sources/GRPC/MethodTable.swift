package import HTTP2
package import Messages
internal import Synchronization

/// Every method that a server offers, found by the bytes of `:path`.
package struct MethodTable: Sendable {
  package let methods: [Method]

  /// Builds the table, once at start. A handler whose shape differs from its description is a mistake in the program.
  package init(_ services: [any Service]) {
    let described = services.flatMap { service in
      service.description.methods.map { description in
        let handler = service.handler(for: description)
        switch handler {
        case .unary?:
          precondition(!description.clientStreaming && !description.serverStreaming, "\(description.path) streams")
        case .streaming?:
          precondition(description.clientStreaming || description.serverStreaming, "\(description.path) is unary")
        case nil: break
        }
        return (description, handler)
      }
    }
    methods = described.enumerated().map { Method($0.element.0, $0.element.1, index: $0.offset) }
  }

  package func find(_ head: HeaderBlock) -> Method? {
    methods.first { head.pathIs($0.path) }
  }
}

/// One method with its handler, and the number of its calls by the code of their end.
package final class Method: Sendable {
  package let description: MethodDescription
  package let handler: Handler?
  /// The method's place in the table's `methods`.
  package let index: Int
  let path: [UInt8]
  private let counts = InlineArray<17, Atomic<Int>> { _ in Atomic(0) }

  init(_ description: MethodDescription, _ handler: Handler?, index: Int) {
    self.index = index
    self.description = description
    self.handler = handler
    path = Array(description.path.utf8)
  }

  package func count(_ code: Status.Code) {
    counts[Int(code.rawValue)].add(1, ordering: .relaxed)
  }

  /// The calls that have ended since the start, by every code.
  package var endedCalls: [(code: Status.Code, count: Int)] {
    Status.Code.allCases.map { ($0, counts[Int($0.rawValue)].load(ordering: .relaxed)) }
  }
}
