/// The models that a caller may see. Every read of the catalog takes one.
package enum Sight: Hashable, Sendable {
  /// Everything: until access control exists, everyone's.
  case all
}
