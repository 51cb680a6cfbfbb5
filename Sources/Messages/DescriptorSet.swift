import CMessages

/// An indexed `google.protobuf.FileDescriptorSet`. Reflection reads it, and it states which methods stream.
package struct DescriptorSet: Sendable {
  /// The files in the order of the set: imports come before the files that import them.
  let files: [DescribedFile]
  private let fileByName: [String: Int]
  /// The index of the file that defines a symbol, by full name. Packages are no symbols here.
  private let fileBySymbol: [String: Int]

  /// The set that `scripts/generate` compiled into the program: every service of the server, with its imports.
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

  /// The full names of all services, sorted.
  package var serviceNames: [String] { files.flatMap { $0.services.map(\.name) }.sorted() }

  /// The packed `FileDescriptorProto` of a file such as `rollcall/v1/catalog.proto`; nil when the set has no such file.
  package func file(named name: String) -> [UInt8]? {
    fileByName[name].map { files[$0].bytes }
  }

  /// The packed `FileDescriptorProto` of the file that defines a symbol, by its full name without a leading dot. A
  /// symbol is a message, field, oneof, enum, enum value, service or method. nil when no file defines it.
  package func file(containingSymbol symbol: String) -> [UInt8]? {
    fileBySymbol[symbol].map { files[$0].bytes }
  }

  /// The name of the file that defines a symbol; nil when no file defines it.
  package func fileName(containingSymbol symbol: String) -> String? {
    fileBySymbol[symbol].map { files[$0].name }
  }

  package func hasMessage(_ name: String) -> Bool {
    fileBySymbol[name].map { files[$0].messages.contains(name) } ?? false
  }

  /// A file and all its direct and indirect imports, each once: the file first, then its imports in order, each
  /// followed by its own. gRPC's own servers return the same.
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
