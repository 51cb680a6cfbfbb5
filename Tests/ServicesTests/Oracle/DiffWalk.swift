import Catalog
import GRPC
import Testing
import Wire

/// A reader of `DiffModels` through a filter that goes from page to page while things happen.
struct DiffWalk {
  private let world: QueryWorld
  private var request = DiffRequest()
  private var expected: [Change]
  private let restarts: Int
  private var done = 0
  private(set) var isOver = false

  private struct Change: Equatable {
    var kind: EventKind
    var before: Model?
    var after: Model?
  }

  init(_ world: QueryWorld) {
    let (filter, text) = world.questions.filter()
    let namespace = world.random.one(in: 3) ? world.random.pick(Vocabulary.namespaces) : ""
    let ends = [world.random.pick(world.retained), world.random.pick(world.retained)].sorted()
    let view: ModelView = world.random.one(in: 3) ? .full : .basic
    self.world = world
    restarts = world.restarts
    request.namespace = namespace
    request.filter = text
    request.fromRevision = ends[0]
    request.toRevision = ends[1]
    request.view = view
    let truth = QueryTruth(scope: namespace.isEmpty ? .all : .namespace(namespace), filter: filter)
    let (old, new) = (truth.list(world.truth(at: ends[0])), truth.list(world.truth(at: ends[1])))
    let keys = Set((old + new).map(\.key)).sorted()
    expected = keys.compactMap { key in
      let before = old.first { $0.key == key }
      let after = new.first { $0.key == key }
      guard before?.etag != after?.etag else { return nil }
      return Change(
        kind: before == nil ? .added : after == nil ? .removed : .modified,
        before: view == .full ? before : before?.basic, after: view == .full ? after : after?.basic)
    }
  }

  mutating func step() async throws {
    request.pageSize = Int32(world.random.pick([0, 1, 3, 8, 40]))
    do {
      let page = try DiffPage.decode(try await world.fixture.ask("DiffModels", request.encode()))
      let count = min(request.pageSize == 0 ? 100 : Int(request.pageSize), expected.count - done)
      let found = page.differences.map { Change(kind: $0.kind, before: $0.before?.model, after: $0.after?.model) }
      #expect(found == Array(expected[done..<done + count]), "\(request)")
      #expect(page.totalSize == expected.count, "\(request)")
      #expect(page.nextPageToken.isEmpty == (done + count == expected.count), "\(request)")
      done += count
      request.pageToken = page.nextPageToken
      isOver = page.nextPageToken.isEmpty
    } catch let status as Status where status.code == .outOfRange {
      #expect(!world.isRetained(request.fromRevision), "\(request): \(status)")
      isOver = true
    }
  }
}
