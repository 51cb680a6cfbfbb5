package import GRPC
package import Messages
import Wire

/// `grpc.reflection.v1.ServerReflection` and its twin v1alpha; the embedded descriptor set is the source of all
/// answers.
package struct ReflectionService: Service {
  package let description: ServiceDescription
  private let services: [String]

  /// `services` are the full names of the services that the server offers.
  package init(_ description: ServiceDescription, services: [String]) {
    self.description = description
    self.services = services.sorted()
  }

  package func handler(for method: MethodDescription) -> Handler? {
    guard method.name == "ServerReflectionInfo" else { return nil }
    return .streaming { [self] _ in ReflectionHandler { answer($0).encode(to: $0) } }
  }

  private func answer(_ request: ReflectionRequest) -> ReflectionResponse {
    let set = DescriptorSet.embedded
    switch request.query {
    case .listServices:
      return .services(services)
    case .fileByFilename(let name):
      guard let files = set.dependencies(of: name) else { return .failure(.notFound, "there is no file '\(name)'") }
      return .files(files)
    case .fileContainingSymbol(let symbol):
      guard let files = set.fileName(containingSymbol: symbol).flatMap(set.dependencies) else {
        return .failure(.notFound, "there is no symbol '\(symbol)'")
      }
      return .files(files)
    case .fileContainingExtension(let type, let number):
      // proto3 allows only extensions of descriptor.proto, and there are none here.
      return .failure(.notFound, "there is no extension \(number) of '\(type)'")
    case .allExtensionNumbers(let type):
      guard set.hasMessage(type) else { return .failure(.notFound, "there is no message '\(type)'") }
      return .extensionNumbers(type: type, [])
    case nil:
      return .failure(.invalidArgument, "the request asks for nothing that is known")
    }
  }
}

extension ReflectionRequest {
  /// The request's names, by field.
  fileprivate var names: [(field: String, name: String)] {
    let named: (String, String)? =
      switch query {
      case .fileByFilename(let name): ("file_by_filename", name)
      case .fileContainingSymbol(let name): ("file_containing_symbol", name)
      case .fileContainingExtension(let type, _): ("file_containing_extension", type)
      case .allExtensionNumbers(let type): ("all_extension_numbers_of_type", type)
      case .listServices(let text): ("list_services", text)
      case nil: nil
      }
    return [("host", host)] + (named.map { [$0] } ?? [])
  }
}

/// One call of reflection: each request gets one answer, in order.
private final class ReflectionHandler: StreamHandler {
  private let answer: (ReflectionRequest) -> [UInt8]
  private var ready: [[UInt8]] = []
  private var isHalfClosed = false

  init(answer: @escaping (ReflectionRequest) -> [UInt8]) {
    self.answer = answer
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    do throws(Status) {
      let request = try decoded { () throws(MalformedMessage) in try ReflectionRequest.decode(message) }
      // An answer repeats its request.
      for (field, name) in request.names { try checkName(name, field: field, limit: NameLength.symbolLimit) }
      ready.append(answer(request))
      return nil
    } catch {
      return error
    }
  }

  func halfClosed() {
    isHalfClosed = true
  }

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    for message in ready { out.append(message) }
    ready.removeAll()
    return isHalfClosed ? .end(.ok) : .wait
  }

  func closed() {}
}
