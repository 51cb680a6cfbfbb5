// swift-tools-version: 6.2

import PackageDescription

/// With `ROLLCALL_PURE=1` only the rooms without I/O are declared: a build of a minute, for sanitizers and fuzzers.
let pure = Context.environment["ROLLCALL_PURE"] == "1"

let grdb: [Target.Dependency] = [
  .product(name: "GRDB", package: "GRDB.swift"),
  .product(name: "GRDBSQLite", package: "GRDB.swift"),
]
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

// Floors 1 to 3, Wire and Services: no I/O.
var dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
  .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
  .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
]

var targets: [Target] = [
  .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(
    name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
  .systemLibrary(
    name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CMalloc"),
  .target(name: "CMessages", dependencies: ["CProtobufC"]),
  .target(name: "HTTP2", dependencies: ["CNghttp2"]),
  .target(name: "Messages", dependencies: ["CMessages", "CProtobufC"]),
  .target(name: "Catalog"),
  .target(name: "Scrape", dependencies: ["Catalog"]),
  .target(name: "Metrics"),
  .target(name: "HTTP", dependencies: ["CZlib", "Metrics", httpTypes]),
  .target(
    name: "Fleet",
    dependencies: [
      "Catalog", "HTTP", "Metrics", "Scrape", logging, .product(name: "HeapModule", package: "swift-collections"),
    ]),
  .target(name: "GRPC", dependencies: ["HTTP2", "Messages"]),
  .target(name: "Wire", dependencies: ["CMessages", "Messages", "Catalog", "GRPC", "HTTP"]),
  .target(
    name: "Services",
    dependencies: ["CCrypto", "Catalog", "Wire", "GRPC", "HTTP", "Messages", "Metrics", httpTypes]),
  .target(name: "TestKit", dependencies: ["Catalog", "Fleet", "HTTP2", "GRPC", logging], path: "Tests/TestKit"),
  .testTarget(name: "HTTP2Tests", dependencies: ["HTTP2", "TestKit"]),
  .testTarget(name: "MessagesTests", dependencies: ["CMessages", "CProtobufC", "Messages"]),
  .testTarget(name: "CatalogTests", dependencies: ["Catalog", "TestKit"]),
  .testTarget(
    name: "ScrapeTests", dependencies: ["Scrape", "Catalog", "TestKit"], resources: [.embedInCode("Fixtures")]),
  .executableTarget(name: "scrape-bench", dependencies: ["Scrape"], path: "Tests/ScrapeBench"),
  .testTarget(name: "MetricsTests", dependencies: ["Metrics"]),
  .testTarget(name: "HTTPTests", dependencies: ["CZlib", "HTTP", "Metrics", httpTypes]),
  .testTarget(
    name: "FleetTests", dependencies: ["Fleet", "Catalog", "HTTP", "Metrics", "Scrape", "TestKit", logging],
    resources: [.embedInCode("Fixtures"), .copy("Recordings"), .copy("Cases")]),
  .testTarget(name: "GRPCTests", dependencies: ["GRPC", "HTTP2", "Messages", "TestKit"]),
  .testTarget(name: "WireTests", dependencies: ["CMessages", "Wire", "Catalog", "GRPC", "Messages", "TestKit"]),
  .testTarget(
    name: "ServicesTests",
    dependencies: ["Services", "Catalog", "Wire", "GRPC", "HTTP", "Messages", "Metrics", "TestKit", httpTypes]),
]

if !pure {
  dependencies += [
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system.git", from: "1.5.0"),
  ]
  targets += [
    .target(
      name: "Transport",
      dependencies: nio + [httpTypes, logging, nioSSL, nioTLS, "HTTP2", "GRPC", "HTTP", "Messages", "Metrics", "TLS"]),
    .target(name: "TLS", dependencies: ["HTTP", nioSSL] + nio),
    .systemLibrary(name: "CAres", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .target(name: "DNS", dependencies: ["CAres", "Fleet"]),
    .target(name: "CResolv", linkerSettings: [.linkedLibrary("resolv")]),
    .target(name: "Probing", dependencies: nio + ["DNS", "Fleet", "HTTP", "TLS", nioHTTP1, nioSSL]),
    .target(name: "Sources", dependencies: ["CResolv", "Catalog", "Fleet", logging]),
    .target(
      name: "Kubernetes",
      dependencies: nio + [
        "Catalog", "Fleet", "Probing", "TLS", logging, nioHTTP1, nioSSL,
        .product(name: "Yams", package: "Yams"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(name: "Peering", dependencies: ["Catalog", "Fleet", "GRPC", "HTTP", "Transport", "Wire"]),
    .target(name: "Storage", dependencies: grdb + ["Catalog", logging]),
    .target(name: "Simulator", dependencies: nio + [nioHTTP1, "HTTP"]),
    .executableTarget(
      name: "rollcall",
      dependencies: [
        "CMalloc", "Catalog", "DNS", "Wire", "GRPC", "HTTP", "Messages", "Metrics", "TLS", "Transport", "Fleet",
        "Probing", "Sources",
        "Kubernetes", "Peering", "Services", "Simulator", "Storage", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ] + nio),
    .executableTarget(
      name: "catalog-bench", dependencies: ["Catalog", "Storage", "Wire", logging], path: "Tests/CatalogBench"),
    .testTarget(name: "TLSTests", dependencies: ["TLS", "TestKit", nioEmbedded, nioSSL] + nio),
    .testTarget(
      name: "TransportTests",
      dependencies: nio + [
        "Transport", "HTTP2", "GRPC", "HTTP", "Messages", "Metrics", "TLS", "TestKit", httpTypes, nioEmbedded, nioSSL,
        nioTLS, logging,
      ]),
    .testTarget(name: "DNSTests", dependencies: ["DNS", "Fleet"]),
    .testTarget(
      name: "ProbingTests",
      dependencies: nio + [
        "Probing", "DNS", "Fleet", "HTTP", "TLS", "Catalog", "Simulator", "TestKit", logging, nioSSL,
      ]),
    .testTarget(name: "SourcesTests", dependencies: ["Sources", "Fleet", "HTTP", "Catalog", "TestKit", logging]),
    .testTarget(
      name: "KubernetesTests",
      dependencies: nio + ["Kubernetes", "Fleet", "HTTP", "Catalog", "TestKit", logging, nioSSL],
      resources: [.embedInCode("Fixtures")]),
    .testTarget(name: "PeeringTests", dependencies: ["Peering", "Fleet", "Catalog", "Wire", "TestKit"]),
    .testTarget(name: "StorageTests", dependencies: grdb + ["Storage", "Catalog", "TestKit", logging]),
    .testTarget(name: "SimulatorTests", dependencies: nio + [nioHTTP1, "Simulator"]),
    .testTarget(
      name: "RollcallTests",
      dependencies: [
        "rollcall", "Fleet", "HTTP", "Kubernetes", "Sources", "Peering", "TLS", "Catalog", "Wire", "Simulator", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Fixtures")]),
  ]
}

let package = Package(
  name: "rollcall",
  dependencies: dependencies,
  targets: targets
)

for target in package.targets where target.type != .system && !["CMessages", "CResolv"].contains(target.name) {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // On the hot path of a release, checking exclusive access while it runs is a tenth of the time (debug builds, and so
    // all tests, do check), and what crosses rooms is worth inlining.
    .unsafeFlags(
      ["-enforce-exclusivity=unchecked", "-cross-module-optimization"], .when(configuration: .release)),
  ]
}
