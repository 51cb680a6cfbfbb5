/// Why a claim of an engine is not made, kept or ended.
package enum RegistrationError: Error, Hashable {
  /// `field` of the request is no such thing, and why.
  case invalid(field: String, String)
  /// Another engine has this id.
  case engineExists(id: String)
  /// A lease of this id belongs to another namespace.
  case leaseExists(leaseID: String)
  /// Another call is about this lease just now.
  case busy(leaseID: String)
  /// There are so many leases already.
  case tooMany(Int)
  case noLease(leaseID: String)
  /// There is no engine of this id in the namespace that anyone has registered.
  case noRegistration(engineID: String, namespace: String)
  case store(StoreError)
}
