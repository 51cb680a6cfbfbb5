internal import Foundation

/// The keys that a user types while `rollcall top` runs.
enum Keyboard {
  /// Returns when the user types `q`, or when the task is cancelled. Without a terminal at standard input, only
  /// cancellation ends it.
  static func waitForQuit() async {
    let (keys, continuation) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(16))
    if isatty(STDIN_FILENO) == 1 {
      FileHandle.standardInput.readabilityHandler = { input in
        let data = input.availableData
        // Empty data means that the terminal is gone.
        if data.isEmpty { input.readabilityHandler = nil }
        continuation.yield(data)
      }
    }
    defer { FileHandle.standardInput.readabilityHandler = nil }
    for await data in keys where data.isEmpty || data.contains(UInt8(ascii: "q")) { return }
  }
}
