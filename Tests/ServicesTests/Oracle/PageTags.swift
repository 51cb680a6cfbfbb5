import Catalog
import Testing

/// All tags that were given out: equal exactly when what they stand for is.
struct PageTags<Content: Hashable> {
  private struct Asked: Hashable {
    var query: [String]
    var content: Content
  }

  private var contents: [String: Content] = [:]
  private var tags: [Asked: String] = [:]

  var all: [String] { contents.keys.sorted() }

  /// `query`: what was asked for, without where the page begins and how long it may be.
  ///
  /// `showsAll`: false where other facts may show the same.
  mutating func note(_ tag: String, _ query: [String], _ content: Content, showsAll: Bool = true) {
    let known = contents.updateValue(content, forKey: tag)
    #expect(known == nil || known == content, "one tag, two pages: \(query)")
    guard showsAll else { return }
    let before = tags.updateValue(tag, forKey: Asked(query: query, content: content))
    #expect(before == nil || before == tag, "one page, two tags: \(query)")
  }
}

/// What a page of `ListModels` shows: the hashes of the facts, and whether more follow.
struct PageFacts: Hashable {
  var models: [String]
  var hasMore: Bool
}
