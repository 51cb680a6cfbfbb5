import GRPC
import Testing
import Wire

@Suite struct ReflectionServiceTests {
  static let paths = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
  ]

  /// What one request is answered with, as text in which names stand as they are.
  private func ask(_ query: ReflectionRequest.Query?, _ path: String = paths[0]) throws -> String {
    let stream = try Fixture().open(path)
    #expect(stream.received(ReflectionRequest(query: query).encode()[...]) == nil)
    var buffer = MessageBuffer()
    #expect(stream.produce(into: &buffer, now: .now) == .wait)
    return String(decoding: try #require(messages(buffer).first), as: UTF8.self)
  }

  @Test(arguments: paths)
  func `the reflection service lists the services`(path: String) throws {
    let answer = try ask(.listServices(""), path)
    for name in ["rollcall.v1.ModelCatalog", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"] {
      #expect(answer.contains(name))
    }
  }

  @Test(arguments: [
    ReflectionRequest.Query.fileByFilename("rollcall/v1/catalog.proto"),
    .fileContainingSymbol("rollcall.v1.ModelCatalog"), .fileContainingSymbol("rollcall.v1.Model"),
    .fileContainingSymbol("rollcall.v1.ModelCatalog.GetModel"),
  ])
  func `a file comes with its imports`(query: ReflectionRequest.Query) throws {
    let answer = try ask(query)
    #expect(answer.contains("ListModelsRequest"))
    #expect(answer.contains("google/protobuf/timestamp.proto"))
  }

  @Test(arguments: [
    ReflectionRequest.Query.fileByFilename("nothing.proto"), .fileContainingSymbol("rollcall.v1.Nothing"),
    .fileContainingExtension(type: "rollcall.v1.Model", number: 1), .allExtensionNumbers(type: "rollcall.v1.Nothing"),
  ])
  func `an unknown name is an error in the answer, and the stream goes on`(query: ReflectionRequest.Query) throws {
    #expect(try ask(query).contains("there is no "))
  }

  @Test func `a message without extensions has no extension numbers`() throws {
    #expect(!(try ask(.allExtensionNumbers(type: "rollcall.v1.Model"))).contains("there is no"))
  }

  @Test func `an empty request is an error in the answer`() throws {
    #expect(try ask(nil).contains("nothing that is known"))
  }

  @Test func `several requests on one stream are answered in order`() throws {
    let stream = try Fixture().open(Self.paths[0])
    var buffer = MessageBuffer()
    for name in ["first.proto", "second.proto"] {
      #expect(stream.received(ReflectionRequest(query: .fileByFilename(name)).encode()[...]) == nil)
    }
    stream.halfClosed()
    #expect(stream.produce(into: &buffer, now: .now) == .end(.ok))
    let answers = messages(buffer).map { String(decoding: $0, as: UTF8.self) }
    #expect(answers.count == 2)
    #expect(answers[0].contains("'first.proto'") && answers[1].contains("'second.proto'"))
  }
}
