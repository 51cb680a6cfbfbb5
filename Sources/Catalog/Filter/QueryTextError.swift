/// What is wrong with the text of a filter or an order, for the one who wrote it.
package struct QueryTextError: Error, Hashable {
  /// Where, in characters (Unicode scalars) from 1.
  package var position: Int
  package var message: String

  package init(position: Int, message: String) {
    self.position = position
    self.message = message
  }
}
