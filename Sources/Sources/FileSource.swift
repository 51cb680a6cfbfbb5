package import Fleet

/// A file that names engines, read again whenever it changes.
///
/// It says what someone wrote: fewer engines need no other reason. One that is missing, or does not make sense, says
/// nothing: what it said before stays.
package struct FileSource: EngineSource {
  package let id: SourceID
  private let path: String
  private let read: @Sendable (String) throws -> [EngineSpec]
  private let sleep: @Sendable () async throws -> Void

  /// `read` makes engines of the file at the path; its errors are told as they are described. The file is looked at every
  /// second.
  package init(path: String, read: @escaping @Sendable (String) throws -> [EngineSpec]) {
    self.init(path: path, sleep: { try await Task.sleep(for: .seconds(1)) }, read: read)
  }

  init(
    path: String, sleep: @escaping @Sendable () async throws -> Void,
    read: @escaping @Sendable (String) throws -> [EngineSpec]
  ) {
    id = SourceID(.file, path)
    self.path = path
    self.read = read
    self.sleep = sleep
  }

  package func run(_ delegate: any SourceDelegate) async {
    var known: FileStamp?
    while !Task.isCancelled {
      // Before it is read: what changes in between is seen the next time.
      let stamp = FileStamp(path)
      if stamp == nil || stamp != known {
        do {
          let engines = try read(path)
          delegate.received(SourceAnswer(source: id, engines: engines, isExplicit: true))
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
