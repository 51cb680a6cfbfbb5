import Catalog

/// Makes diffs that were asked for.
struct DiffReader: Sendable {
  let catalog: ModelCatalog

  func read(_ start: DiffStart) async -> Result<CatalogDifference, DiffError> {
    do throws(PastError) {
      let (from, to) = (start.span.from, start.span.to)
      let difference = try await catalog.difference(
        from: from, to: to, namespace: start.namespace, filter: start.filter)
      return difference.from.revision <= difference.to.revision
        ? .success(difference) : .failure(start.span.outOfOrder)
    } catch {
      return .failure(.past(error))
    }
  }
}

extension CatalogDifference {
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
