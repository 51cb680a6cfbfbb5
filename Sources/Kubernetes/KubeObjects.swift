import Fleet
import FoundationEssentials

// The fields that Rollcall reads of Kubernetes objects (v1, apps/v1, AIBrix' model.aibrix.ai/v1alpha1); it ignores all
// others.

struct KubeMeta: Decodable, Sendable {
  struct Owner: Decodable, Sendable {
    var kind: String
    var name: String
    var controller: Bool?
  }

  var name: String?
  var namespace: String?
  var uid: String?
  var resourceVersion: String?
  var labels: [String: String]?
  var annotations: [String: String]?
  var creationTimestamp: String?
  var deletionTimestamp: String?
  var ownerReferences: [Owner]?
}

/// An object that a reflector can follow.
protocol KubeObject: Decodable, Sendable {
  var metadata: KubeMeta { get }
}

struct KubePod: KubeObject {
  struct Port: Decodable, Sendable {
    var name: String?
    var containerPort: Int
    /// nil: TCP.
    var `protocol`: String?
  }

  struct Resources: Decodable, Sendable {
    var requests: [String: KubeQuantity]?
    var limits: [String: KubeQuantity]?
  }

  struct Container: Decodable, Sendable {
    var ports: [Port]?
    /// `Always` for an init container that runs beside the others (a sidecar); nil for all other containers.
    var restartPolicy: String?
    var resources: Resources?
  }

  struct Spec: Decodable, Sendable {
    var containers: [Container]?
    var initContainers: [Container]?
  }

  struct PodCondition: Decodable, Sendable {
    var type: String
    var status: String
    var reason: String?
    var message: String?
    var lastTransitionTime: String?
  }

  struct ContainerStatus: Decodable, Sendable {
    struct State: Decodable, Sendable {
      struct Waiting: Decodable, Sendable {
        var reason: String?
        var message: String?
      }
      struct Running: Decodable, Sendable {
        var startedAt: String?
      }
      var waiting: Waiting?
      var running: Running?
    }
    var state: State?
  }

  struct Status: Decodable, Sendable {
    var phase: String?
    var podIP: String?
    var reason: String?
    var message: String?
    var conditions: [PodCondition]?
    var containerStatuses: [ContainerStatus]?
    var initContainerStatuses: [ContainerStatus]?
  }

  var metadata: KubeMeta
  var spec: Spec?
  var status: Status?
}

struct KubeDeployment: KubeObject {
  struct Template: Decodable, Sendable {
    var metadata: KubeMeta?
  }

  struct Spec: Decodable, Sendable {
    var replicas: Int?
    var template: Template?
  }

  var metadata: KubeMeta
  var spec: Spec?
}

/// A LoRA adapter of AIBrix, which AIBrix loads into the pods of a base model.
struct KubeAdapter: KubeObject {
  struct Spec: Decodable, Sendable {
    var baseModel: String?
    var artifactURL: String?
  }

  struct Status: Decodable, Sendable {
    var phase: String?
    var instances: [String]?
  }

  var metadata: KubeMeta
  var spec: Spec?
  var status: Status?
}

/// A quantity as Kubernetes writes it: a number with an optional suffix (`2`, `500m`, `16Gi`, `1e3`).
struct KubeQuantity: Decodable, Sendable, Hashable {
  /// nil when the text is not a valid quantity.
  var value: Double?

  private static let suffixes: [(String, Double)] = [
    ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776), ("m", 0.001), ("k", 1_000),
    ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
  ]

  init(_ text: String) {
    value =
      Double(text)
      ?? Self.suffixes.lazy.compactMap { suffix, factor in
        text.hasSuffix(suffix) ? Double(text.dropLast(suffix.count)).map { $0 * factor } : nil
      }.first
    if let value, !value.isFinite || value < 0 { self.value = nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self.init("\(number)")
    } else {
      self.init(try container.decode(String.self))
    }
  }
}

/// One page of a list.
struct KubeList<Object: KubeObject>: Decodable {
  struct Meta: Decodable {
    var resourceVersion: String?
    var `continue`: String?
  }

  var metadata: Meta
  /// A Go server writes null for an empty list.
  var items: [Object]?
}

/// One line of a watch.
enum KubeEvent<Object: KubeObject> {
  case changed(Object)
  case deleted(Object)
  /// `endsList`: the watch has sent all objects that existed when it began (`k8s.io/initial-events-end`).
  case bookmark(version: String, endsList: Bool)
  case error(KubeStatus)
  /// An event of a type that this version of Rollcall does not know.
  case unknown

  private struct Bookmark: Decodable {
    var metadata: KubeMeta
  }

  /// Throws when the line is not an event.
  init(_ line: [UInt8]) throws {
    self = try JSONDecoder().decode(KubeEvent.self, from: Data(line))
  }
}

extension KubeEvent: Decodable {
  private enum Key: String, CodingKey {
    case type, object
  }

  init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Key.self)
    switch try line.decode(String.self, forKey: .type) {
    case "ADDED", "MODIFIED": self = .changed(try line.decode(Object.self, forKey: .object))
    case "DELETED": self = .deleted(try line.decode(Object.self, forKey: .object))
    case "BOOKMARK":
      let metadata = try line.decode(Bookmark.self, forKey: .object).metadata
      self = .bookmark(
        version: metadata.resourceVersion ?? "",
        endsList: metadata.annotations?["k8s.io/initial-events-end"] == "true")
    case "ERROR": self = .error(try line.decode(KubeStatus.self, forKey: .object))
    default: self = .unknown
    }
  }
}

/// The answer of `/version`; a minor version may have letters after its number.
struct KubeVersion: Decodable {
  var major: String
  var minor: String
}

/// `v1 Status`.
struct KubeStatus: Decodable, Sendable {
  var message: String?
  var reason: String?
  var code: Int?

  /// Whether the server no longer has the version that the request named.
  var isGone: Bool { code == 410 || reason == "Expired" || reason == "Gone" }

  static func decode(_ bytes: [UInt8]) throws -> KubeStatus {
    try JSONDecoder().decode(KubeStatus.self, from: Data(bytes))
  }
}
