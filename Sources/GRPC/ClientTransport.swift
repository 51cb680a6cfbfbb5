/// What typed clients call through: a connection to one server. Errors are `Status`; a lost connection is UNAVAILABLE.
package protocol ClientTransport: Sendable {
  /// `path` as in `:path`. `request` is one packed message.
  func unary(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> UnaryResponse
  func serverStreaming(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> any ResponseStream
  func bidirectional(_ path: String, options: CallOptions) async throws -> any BidirectionalCall
}

package struct CallOptions: Sendable {
  package var metadata: Metadata
  /// nil: as long as it takes.
  package var timeout: Duration?

  package init(metadata: Metadata = Metadata(), timeout: Duration? = nil) {
    self.metadata = metadata
    self.timeout = timeout
  }
}

package struct UnaryResponse: Sendable {
  package var message: ArraySlice<UInt8>
  package var initialMetadata: Metadata
  package var trailingMetadata: Metadata

  package init(message: ArraySlice<UInt8>, initialMetadata: Metadata, trailingMetadata: Metadata) {
    self.message = message
    self.initialMetadata = initialMetadata
    self.trailingMetadata = trailingMetadata
  }
}

/// Messages of a streamed response, taken one at a time: messages that are not taken hold the server back.
package protocol ResponseStream: Sendable {
  /// The next message; nil at the end of a call that ended OK, a thrown `Status` otherwise.
  func next() async throws -> ArraySlice<UInt8>?
  /// Gives up the call (RST_STREAM with CANCEL).
  func cancel()
}

/// A call on which both sides stream.
package protocol BidirectionalCall: ResponseStream {
  /// Returns when the message is on its way.
  func send(_ message: [UInt8]) async throws
  /// Sends no more.
  func finish()
}
