internal import Foundation

/// The keys that a user types while `rollcall top` runs.
enum Keyboard {
  /// Returns when `q` is typed, or when the task is cancelled. Never when standard input is no terminal.
  static func waitForQuit() async {
    let (keys, continuation) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(16))
    if isatty(STDIN_FILENO) == 1 {
      FileHandle.standardInput.readabilityHandler = { input in
        let data = input.availableData
        // The terminal is gone.
        if data.isEmpty { input.readabilityHandler = nil }
        continuation.yield(data)
      }
    }
    defer { FileHandle.standardInput.readabilityHandler = nil }
    for await data in keys where data.isEmpty || data.contains(UInt8(ascii: "q")) { return }
  }
}
