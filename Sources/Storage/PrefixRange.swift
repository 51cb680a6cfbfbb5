import GRDB

/// The keys that begin with a prefix, as a condition on the indexed column `key`.
struct PrefixRange {
  var condition: String
  var arguments: StatementArguments

  init(_ prefix: [UInt8]) {
    condition = "key >= ?"
    arguments = [Bytes(prefix)]
    // The upper bound is the prefix with its last byte below 0xFF incremented. A prefix of 0xFF bytes has no upper
    // bound.
    if let last = prefix.lastIndex(where: { $0 < 0xff }) {
      condition += " AND key < ?"
      arguments += [Bytes(Array(prefix[..<last] + [prefix[last] + 1]))]
    }
  }
}
