/// How much of a message its reader is willing to unpack.
package struct WireLimits: Hashable, Sendable {
  /// Levels of messages, the outermost included.
  package var depth: Int
  /// Fields and elements of packed fields on all levels together, known or not: they bound the unpacked size.
  package var fields: Int
  /// Bytes of the arena that holds the unpacked message.
  package var memory: Int

  package init(depth: Int, fields: Int, memory: Int) {
    self.depth = depth
    self.fields = fields
    self.memory = memory
  }

  /// For messages of clients.
  package static let request = WireLimits(depth: 8, fields: 4096, memory: 1 << 20)
  /// For messages from our store.
  package static let stored = WireLimits(depth: 8, fields: 1 << 16, memory: 1 << 24)
  /// For answers of servers that we asked, up to 16 MiB.
  package static let response = WireLimits(depth: 16, fields: 1 << 20, memory: 1 << 27)
}
