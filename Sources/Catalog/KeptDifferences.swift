/// Differences that were asked for last.
struct KeptDifferences {
  private struct Kept {
    var difference: CatalogDifference
    var namespace: String?
    var filter: Filter?
    /// Since the last `age`.
    var isUsed = true
  }

  private static let limit = 4
  private var kept: [Kept] = []

  mutating func find(
    _ from: PastPoint, _ to: PastPoint, _ namespace: String?, _ filter: Filter?, in view: CatalogView
  ) -> CatalogDifference? {
    func means(_ point: PastPoint, _ mark: PastMark) -> Bool {
      if case .revision(let revision) = point { return revision == mark.revision }
      return (try? view.mark(point)) == mark
    }
    let index = kept.firstIndex { one in
      one.namespace.map(Name.init) == namespace.map(Name.init) && one.filter == filter
        && means(from, one.difference.from)
        && means(to, one.difference.to)
    }
    guard let index else { return nil }
    kept[index].isUsed = true
    return kept[index].difference
  }

  mutating func keep(_ difference: CatalogDifference, _ namespace: String?, _ filter: Filter?) {
    kept.append(Kept(difference: difference, namespace: namespace, filter: filter))
    kept = kept.suffix(Self.limit)
  }

  /// Lets go of what nobody has asked for since the last time.
  mutating func age() {
    kept.removeAll { !$0.isUsed }
    for index in kept.indices { kept[index].isUsed = false }
  }
}
