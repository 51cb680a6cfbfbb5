internal import Foundation
internal import UnixSignals
internal import Wire

/// `rollcall top` while it runs: a signal or the key `q` ends it.
struct LiveTop: Sendable {
  let watch: FollowedWatch
  let state: TopState
  let order: TopOrder
  let interval: Duration

  /// Draws in place when standard output is a terminal, else prints table after table. Throws as `FollowedWatch.run`
  /// does.
  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sigquit, .sigwinch, .sigcont)
    let screen = TerminalSize.now == nil ? nil : AlternateScreen()
    let stop = screen.map { screen in StopSignal { screen.leave(andThen: StopSignal.stopProcess) } }
    defer {
      screen?.leave()
      stop?.cancel()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await handle(signals) }
      group.addTask { try await watch.run { state.take($0) } }
      group.addTask { await countEngines() }
      if let screen {
        group.addTask { await Keyboard.waitForQuit() }
        group.addTask { await tick() }
        group.addTask { try await draw(on: screen) }
      } else {
        group.addTask { try await printTables() }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Asks for the engines now and then, because an engine without models is in no list of models. Returns only when the
  /// task is cancelled.
  private func countEngines() async {
    while !Task.isCancelled {
      state.take(try? await TopCommand.engines(watch.server, namespace: watch.request.namespace))
      try? await Task.sleep(for: max(interval, .seconds(5)))
    }
  }

  /// Returns on the first signal that ends the command.
  private func handle(_ signals: UnixSignalsSequence) async {
    for await signal in signals {
      guard signal == .sigwinch || signal == .sigcont else { return }
      state.tick()
    }
  }

  private func tick() async {
    // The ages in the table grow even between readings.
    while (try? await Task.sleep(for: min(interval, .seconds(2)))) != nil { state.tick() }
  }

  private func draw(on screen: AlternateScreen) async throws {
    for await _ in state.wakes {
      guard !Task.isCancelled, let size = TerminalSize.now else { return }
      let lines = state.view(of: watch.server, by: order)?.lines(size, colored: Terminal.isColored)
      try screen.draw(lines ?? [state.waiting(for: watch.server).cut(size.width)])
      // Changes that arrive together are drawn together.
      try? await Task.sleep(for: .milliseconds(100))
    }
  }

  private func printTables() async throws {
    for await _ in state.wakes where state.isSynced { break }
    while !Task.isCancelled {
      if let view = state.view(of: watch.server, by: order) {
        try Terminal.print(view.lines(nil, colored: false).joined(separator: "\n") + "\n\n")
      }
      try? await Task.sleep(for: interval)
    }
  }
}
