// swift-tools-version: 6.2

import PackageDescription

let nio = ["NIOCore", "NIOEmbedded", "NIOHTTP1", "NIOPosix"].map {
    Target.Dependency.product(name: $0, package: "swift-nio")
}

/// The server's sources are a link, as there is no library to depend on, and so are the tests' files that targets share.
let package = Package(
    name: "HTTPCodecFuzzing",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .target(
            name: "HTTPServer",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio
        ),
        .target(name: "Harness"),
        .executableTarget(name: "codec", dependencies: ["Harness", "HTTPServer"] + nio),
        .executableTarget(name: "connection", dependencies: ["Harness", "HTTPServer"] + nio),
        .executableTarget(name: "differential", dependencies: ["Harness", "HTTPServer"] + nio),
    ],
    swiftLanguageModes: [.v6]
)
