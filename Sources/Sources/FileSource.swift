package import Fleet

/// The source that reads engines from a file, again whenever the file changes.
///
/// An operator wrote the file, so the fleet accepts fewer engines without another reason. A file that changes is read
/// when two checks have found it the same, because its writer may not be done. When the file is missing or invalid, the
/// source reports a failure and the engines of the last valid file stay. An entry that is no engine costs itself alone.
package struct FileSource: EngineSource {
  package let id: SourceID
  private let path: String
  private let read: @Sendable (String) throws -> FileContent
  private let sleep: @Sendable () async throws -> Void

  /// `read` makes engines from the file at the path; the source reports its errors by their descriptions. The source
  /// checks the file every second.
  package init(path: String, read: @escaping @Sendable (String) throws -> FileContent) {
    self.init(path: path, sleep: { try await Task.sleep(for: .seconds(1)) }, read: read)
  }

  init(
    path: String, sleep: @escaping @Sendable () async throws -> Void,
    read: @escaping @Sendable (String) throws -> FileContent
  ) {
    id = SourceID(.file, path)
    self.path = path
    self.read = read
    self.sleep = sleep
  }

  package func run(_ delegate: any SourceDelegate) async {
    var known: FileStamp?
    var seen: FileStamp?
    var isFirst = true
    while !Task.isCancelled {
      // Taken before the file is read, so that the next check sees a change made during the read.
      let stamp = FileStamp(path)
      let isWritten = isFirst || stamp == seen || stamp?.isSettled == true
      (seen, isFirst) = (stamp, false)
      if stamp == nil || isWritten && stamp != known {
        do {
          let content = try read(path)
          var answer = SourceAnswer(source: id, engines: content.engines, trust: .edited)
          answer.notices = content.notices
          delegate.received(answer)
          known = stamp?.isSettled == true ? stamp : nil
        } catch {
          delegate.failed(source: id, reason: "\(error)")
          known = nil
        }
      }
      do { try await sleep() } catch { return }
    }
  }
}
