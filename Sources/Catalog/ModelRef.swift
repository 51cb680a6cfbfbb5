/// One model of a snapshot with its bytes: a place in a leaf, which it keeps alive. Nothing is copied.
package struct ModelRef: Sendable {
  let leaf: Leaf
  let index: Int

  var stored: StoredModel { leaf.models[index] }

  package var model: Model { stored.model }
  package var key: ModelKey { stored.model.key }
  package var state: ModelState { stored.model.state }
  package var contentHash: ContentHash { stored.hash }

  /// One element of a list response: tag, length and the packed model.
  package var element: ArraySlice<UInt8> {
    leaf.elements[leaf.elementStart(index)..<Int(leaf.elementEnds[index])]
  }

  /// The packed model without tag and length.
  package var packed: ArraySlice<UInt8> {
    element.dropFirst(Int(leaf.headerCounts[index]))
  }

  /// One entry of a list, without a comma.
  package var json: ArraySlice<UInt8> {
    leaf.json[leaf.jsonStart(index)..<Int(leaf.jsonEnds[index]) - 1]
  }
}
