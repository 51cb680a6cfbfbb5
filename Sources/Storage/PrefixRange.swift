import GRDB

/// The keys that begin with a prefix, as a condition on the column `key` that its index serves.
struct PrefixRange {
  var condition: String
  var arguments: StatementArguments

  init(_ prefix: [UInt8]) {
    condition = "key >= ?"
    arguments = [Bytes(prefix)]
    // The first key after them: the last byte that can grow, grown. There is none after a prefix of 0xFF only.
    if let last = prefix.lastIndex(where: { $0 < 0xff }) {
      condition += " AND key < ?"
      arguments += [Bytes(Array(prefix[..<last] + [prefix[last] + 1]))]
    }
  }
}
