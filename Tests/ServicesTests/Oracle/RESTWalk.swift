import Catalog
import Foundation
import HTTP
import HTTPTypes
import Testing

/// A reader of `GET /v1/models` that takes everything, goes from page to page by `Link`, or by `after`, while things
/// happen.
struct RESTWalk {
  private enum Way: CaseIterable {
    case complete, links, after, before
  }

  private let world: QueryWorld
  private let truth: QueryTruth
  private let way: Way
  private let shape: RESTShape
  /// Without what says where a page begins.
  private let query: [(String, String)]
  private let fields: HTTPFields
  private let isFull: Bool
  private let expected: [Model]
  private let revision: Int64
  private let atRevision: Int64
  private let restarts: Int
  private var target: String
  private var limit = 0
  private var done = 0
  private var last: Model?
  private var isConsistent = true
  private(set) var isOver = false

  init(_ world: QueryWorld) {
    let (filter, filterText) = world.questions.filter()
    let (order, orderText) = world.questions.order()
    way = world.random.pick(Way.allCases)
    let namespace = world.random.one(in: 3) ? world.random.pick(Vocabulary.namespaces + ["none"]) : nil
    shape = world.random.pick([.openAI, .openAI, .openAI, .anthropic, .codex])
    isFull = world.random.one(in: 5)
    // What follows an id follows it in the list as it is now.
    let canBePast = way == .complete || way == .links
    atRevision = canBePast && world.random.one(in: 3) ? world.random.pick(world.retained) : 0
    var query: [(String, String)] = []
    if let namespace { query.append(("namespace", namespace)) }
    if filter != nil { query.append(("filter", filterText)) }
    if order != nil { query.append(("order_by", orderText)) }
    if isFull { query.append(("view", "full")) }
    if atRevision != 0 { query.append(("at_revision", String(atRevision))) }
    if shape == .codex { query.append(("client_version", "0.99")) }
    self.world = world
    self.query = query
    fields = shape == .anthropic ? [HTTPField.Name("anthropic-version")!: "2023-06-01"] : [:]
    truth = QueryTruth(scope: namespace.map { .namespace($0) } ?? .eachIDOnce, filter: filter, order: order)
    revision = atRevision == 0 ? world.head : atRevision
    expected = truth.list(world.truth(at: revision))
    restarts = world.restarts
    limit = world.random.number(1...9)
    let page = way == .complete ? [] : [("limit", String(limit))]
    target = world.fixture.target("/v1/models", query + page)
    if way == .before {
      target = world.fixture.target("/v1/models", query + page + [("before_id", expected.last?.key.id ?? "x")])
    }
  }

  /// Reads one page; the first must be read before anything happens.
  mutating func step(tags: inout PageTags<String>) async throws {
    let response = await world.fixture.getEventually(target, fields)
    switch response.status {
    case .ok:
      let list = try RESTList(text(response), shape)
      switch way {
      case .complete: check(list, expected[...])
      case .links: checkLinked(list)
      case .after: checkAfter(list)
      case .before: checkBefore(list)
      }
      await revalidate(response, list, &tags)
      try follow(response, list)
    case .gone: try expired(response)
    case .badRequest: checkRefusal(response)
    default: Issue.record("\(target): \(response.status)")
    }
  }

  // MARK: - What must be there

  private func check(_ list: RESTList, _ models: ArraySlice<Model>, hasMore: Bool? = nil) {
    #expect(list.entries == models.map { RESTList.Entry($0, shape) }, "\(target)")
    guard let hasMore else { return }
    #expect(list.hasMore == hasMore, "\(target)")
    #expect(list.firstID == models.first?.key.id && list.lastID == models.last?.key.id, "\(target)")
  }

  private mutating func checkLinked(_ list: RESTList) {
    let whole = isConsistent ? expected : truth.list(world.truth(at: world.head))
    if !isConsistent, let last { done = whole.count { !truth.isBefore(last, $0) } }
    let page = whole[done...].prefix(limit)
    check(list, page, hasMore: page.endIndex < whole.count)
    done = page.endIndex
    last = page.last ?? last
  }

  /// Of the present, behind the id that was given.
  private mutating func checkAfter(_ list: RESTList) {
    let whole = truth.list(world.truth(at: world.head))
    let start = last.map { last in place(of: last, in: whole).upperBound } ?? 0
    let page = whole[start...].prefix(limit)
    check(list, page, hasMore: page.endIndex < whole.count)
    last = page.last
  }

  private func checkBefore(_ list: RESTList) {
    let end = expected.last.map { place(of: $0, in: expected).lowerBound } ?? 0
    let page = expected[..<end].suffix(limit)
    check(list, page, hasMore: page.startIndex > 0)
  }

  /// Where an id is in a list, or the empty place where it would be.
  private func place(of model: Model, in whole: [Model]) -> Range<Int> {
    if let index = whole.firstIndex(where: { bytes($0.key.id) == bytes(model.key.id) }) { return index..<index + 1 }
    let ids = whole.map { bytes($0.key.id) }
    #expect(ids.isSorted, "\(target): where would a model be that is gone?")
    let index = whole.count { bytes($0.key.id).lexicographicallyPrecedes(bytes(model.key.id)) }
    return index..<index
  }

  // MARK: - How it goes on

  private mutating func follow(_ response: Response, _ list: RESTList) throws {
    switch way {
    case .complete, .before:
      isOver = true
    case .links:
      guard let link = response.fields[.link] else {
        #expect(list.hasMore != true, "\(target): more follow, and no Link")
        isOver = true
        return
      }
      target = try linked(link)
    case .after:
      isOver = list.hasMore == false || last == nil
      guard let last, !isOver else { return }
      let name = world.random.one(in: 2) ? "after" : "after_id"
      limit = world.random.number(1...9)
      target = world.fixture.target("/v1/models", query + [("limit", String(limit)), (name, last.key.id)])
    }
  }

  private func linked(_ link: String) throws -> String {
    let parts = link.split(separator: ">", maxSplits: 1)
    #expect(parts.count == 2 && parts[1] == "; rel=\"next\"", "\(link)")
    let start = try #require(parts.first?.firstRange(of: "/v1/models"))
    return String(parts[0][start.lowerBound...])
  }

  private mutating func expired(_ response: Response) throws {
    #expect(way == .links && isConsistent && atRevision == 0, "\(target)")
    #expect(world.restarts > restarts && !world.isRetained(revision), "\(revision) expired too early")
    #expect(text(response).contains(shape == .anthropic ? "invalid_request_error" : "page_token_expired"))
    target = try linked(try #require(response.fields[.link]))
    isConsistent = false
  }

  /// A model that went cannot be found in a list that is not in the order of ids; nor can a past that went.
  private mutating func checkRefusal(_ response: Response) {
    isOver = true
    let whole = truth.list(world.truth(at: world.head))
    let isGone = last.map { last in !whole.contains { bytes($0.key.id) == bytes(last.key.id) } } ?? true
    let mayRefuse = (way == .after || way == .before) && truth.order != nil && isGone
    #expect(mayRefuse || atRevision != 0 && !world.isRetained(atRevision), "\(target): \(text(response))")
  }

  // MARK: - Tags

  private func revalidate(_ response: Response, _ list: RESTList, _ tags: inout PageTags<String>) async {
    guard let tag = response.fields[.eTag] else {
      #expect(isFull, "\(target) has no ETag")
      return
    }
    #expect(!isFull, "\(target) has an ETag")
    let asked = query.filter { $0.0 != "at_revision" }.map { "\($0.0)=\($0.1)" } + ["\(shape)"]
    // What is complete has one tag for all that its namespaces have, also of what it does not show.
    let hidesFacts = shape != .openAI || way == .complete && truth.filter == nil && truth.scope == .eachIDOnce
    tags.note(tag, asked, list.text, showsAll: !hidesFacts)
    var fields = fields
    fields[.ifNoneMatch] = world.random.one(in: 2) ? tag : world.random.pick(tags.all)
    let again = await world.fixture.getEventually(target, fields)
    #expect(again.status == (fields[.ifNoneMatch] == tag ? .notModified : .ok), "\(target)")
    #expect(again.fields[.eTag] == tag, "\(target)")
    #expect(text(again) == (fields[.ifNoneMatch] == tag ? "" : list.text), "\(target)")
  }
}

extension HTTPField.Name {
  static let link = HTTPField.Name("Link")!
}

extension [[UInt8]] {
  fileprivate var isSorted: Bool { !zip(self, dropFirst()).contains { $1.lexicographicallyPrecedes($0) } }
}
