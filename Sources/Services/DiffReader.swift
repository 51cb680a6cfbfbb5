import Catalog
import Synchronization

/// Makes diffs, and keeps those of which more pages will be asked for.
final class DiffReader: Sendable {
  private struct Kept {
    var difference: CatalogueDifference
    var namespace: [UInt8]?
  }

  private static let limit = 2

  private let catalogue: Catalogue
  private let kept = Mutex<[Kept]>([])

  init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
  }

  func read(_ start: DiffStart) async -> Result<CatalogueDifference, DiffError> {
    if let known = known(start) { return .success(known) }
    do throws(PastError) {
      let (from, to) = (start.span.from, start.span.to)
      let difference = try await catalogue.difference(from: from, to: to, namespace: start.namespace)
      return difference.from.revision <= difference.to.revision
        ? .success(difference) : .failure(start.span.outOfOrder)
    } catch {
      return .failure(.past(error))
    }
  }

  /// Says whether more of a diff will be asked for.
  func keep(_ difference: CatalogueDifference, namespace: String?, hasMore: Bool) {
    let key = namespace.map { Array($0.utf8) }
    let old = kept.withLock { kept in
      let old = kept
      kept.removeAll {
        $0.namespace == key && $0.difference.from == difference.from && $0.difference.to == difference.to
      }
      if hasMore { kept.append(Kept(difference: difference, namespace: key)) }
      kept = kept.suffix(Self.limit)
      return old
    }
    // Freed here, not under the lock.
    _ = consume old
  }

  private func known(_ start: DiffStart) -> CatalogueDifference? {
    guard case .revision(let from) = start.span.from, case .revision(let to) = start.span.to else { return nil }
    let key = start.namespace.map { Array($0.utf8) }
    return kept.withLock { kept in
      kept.first { $0.namespace == key && $0.difference.from.revision == from && $0.difference.to.revision == to }?
        .difference
    }
  }
}

extension CatalogueDifference {
  /// What follows a model.
  func models(after last: ModelKey?) -> ArraySlice<ModelDifference> {
    guard let last else { return models[...] }
    var low = 0
    var high = models.count
    while low < high {
      let middle = (low + high) / 2
      if models[middle].key <= last { low = middle + 1 } else { high = middle }
    }
    return models[low...]
  }
}
