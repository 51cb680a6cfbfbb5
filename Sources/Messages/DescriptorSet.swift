import CMessages

/// A `google.protobuf.FileDescriptorSet`, indexed: reflection answers from it, and it knows which methods stream.
package struct DescriptorSet: Sendable {
  /// In the order of the set, which has imports before what imports them.
  let files: [DescribedFile]
  private let fileByName: [String: Int]
  /// Everything that has a full name but packages: the index of its file.
  private let fileBySymbol: [String: Int]

  /// The set that `scripts/generate` compiled into the program: every service that is served, with its imports.
  package static let embedded: DescriptorSet = {
    let bytes = unsafe Array(
      UnsafeBufferPointer(start: rollcall_descriptor_set(), count: Int(rollcall_descriptor_set_size)))
    do {
      return try DescriptorSet(bytes[...])
    } catch {
      preconditionFailure("the embedded descriptor set: \(error)")
    }
  }()

  package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
    let files = try withDecoded(bytes, as: Google__Protobuf__FileDescriptorSet.self, limits: .stored) {
      set throws(MalformedMessage) in
      set.messages({ ($0.file, $0.n_file) }, DescribedFile.init)
    }
    var fileByName = [String: Int]()
    var fileBySymbol = [String: Int]()
    for (index, file) in files.enumerated() {
      fileByName[file.name] = index
      for symbol in file.symbols { fileBySymbol[symbol] = index }
    }
    self.files = files
    self.fileByName = fileByName
    self.fileBySymbol = fileBySymbol
  }

  /// Full names, sorted.
  package var serviceNames: [String] { files.flatMap { $0.services.map(\.name) }.sorted() }

  /// The packed `FileDescriptorProto` of a file such as `rollcall/v1/catalog.proto`.
  package func file(named name: String) -> [UInt8]? {
    fileByName[name].map { files[$0].bytes }
  }

  /// The packed `FileDescriptorProto` of the file that defines a message, field, oneof, enum, enum value, service or
  /// method, by its full name without a leading dot.
  package func file(containingSymbol symbol: String) -> [UInt8]? {
    fileBySymbol[symbol].map { files[$0].bytes }
  }

  /// The name of the file that defines a symbol.
  package func fileName(containingSymbol symbol: String) -> String? {
    fileBySymbol[symbol].map { files[$0].name }
  }

  package func hasMessage(_ name: String) -> Bool {
    fileBySymbol[name].map { files[$0].messages.contains(name) } ?? false
  }

  /// A file and everything that it imports, directly or not: each once, the file first, an import before what comes
  /// after it in its importer. What gRPC's own servers answer.
  package func dependencies(of name: String) -> [[UInt8]]? {
    guard let first = fileByName[name] else { return nil }
    var seen = Set<Int>()
    var found = [[UInt8]]()
    visit(first, &seen, &found)
    return found
  }

  private func visit(_ index: Int, _ seen: inout Set<Int>, _ found: inout [[UInt8]]) {
    guard seen.insert(index).inserted else { return }
    found.append(files[index].bytes)
    for imported in files[index].imports {
      if let imported = fileByName[imported] { visit(imported, &seen, &found) }
    }
  }
}
