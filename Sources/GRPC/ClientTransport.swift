/// A connection to one server, through which the typed clients call. Errors are `Status`; a lost connection is
/// UNAVAILABLE.
package protocol ClientTransport: Sendable {
  /// Makes a unary call. `path` is the value of `:path`; `request` is one packed message.
  func unary(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> UnaryResponse
  func serverStreaming(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> any ResponseStream
  func bidirectional(_ path: String, options: CallOptions) async throws -> any BidirectionalCall
}

package struct CallOptions: Sendable {
  package var metadata: Metadata
  /// The time that the call may take; nil: no limit.
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

/// The messages of a streamed response, which the caller takes one at a time. Messages that the caller does not take
/// hold the server back.
package protocol ResponseStream: Sendable {
  /// The next message; nil at the end of a call that ended with OK. Throws the `Status` of any other end.
  func next() async throws -> ArraySlice<UInt8>?
  /// Gives up the call (RST_STREAM with CANCEL).
  func cancel()
}

/// A call on which both sides stream.
package protocol BidirectionalCall: ResponseStream {
  /// Sends a message; returns when the message is on its way.
  func send(_ message: [UInt8]) async throws
  /// Ends the request: the client sends no more messages.
  func finish()
}
