/// The limits of a message that a reader unpacks.
package struct WireLimits: Hashable, Sendable {
  /// The largest depth of nested messages, including the outermost.
  package var depth: Int
  /// The largest number of fields and of elements of packed fields, on all levels together, known or unknown. It bounds
  /// the unpacked size.
  package var fields: Int
  /// The size of the arena that holds the unpacked message, in bytes.
  package var memory: Int

  package init(depth: Int, fields: Int, memory: Int) {
    self.depth = depth
    self.fields = fields
    self.memory = memory
  }

  /// The limits for messages from clients.
  package static let request = WireLimits(depth: 8, fields: 4096, memory: 1 << 20)
  /// The limits for messages from the store.
  package static let stored = WireLimits(depth: 8, fields: 1 << 16, memory: 1 << 24)
  /// The limits for responses of other servers, up to 16 MiB.
  package static let response = WireLimits(depth: 16, fields: 1 << 20, memory: 1 << 27)
}
